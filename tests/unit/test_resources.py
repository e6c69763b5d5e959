"""What steps ask of their machines: known steps and readable sizes only."""

import importlib
import pkgutil

import pytest
from zenml.steps import BaseStep

import pipelines
from tagstack.errors import ConfigError
from tagstack.resources import STEPS
from tagstack.settings_file import load_settings


def test_resources_are_read_by_step():
    asked = ["resources.embed.memory=4GB", "resources.embed.cpu=2", "resources.train.cpu=0.5"]
    found = load_settings(assignments=asked)
    assert (found.resources["embed"].memory, found.resources["embed"].cpu) == ("4GB", 2.0)
    assert found.resources["train"].memory is None


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("resources.embedd.cpu=2", "there is no step 'embedd'; did you mean embed"),
        ("resources.zzz.cpu=2", "there is no step 'zzz'; there are alert, collect, "),
        ("resources.embed.cpu=0", "Impossible value for resources.embed.cpu in settings: .*greater than 0"),
        ("resources.embed.memory=4", "resources.embed.memory"),
        ("resources.embed.memory=4 gigs", "resources.embed.memory"),
        ("resources.embed.cores=2", "Unknown key resources.embed.cores in settings"),
    ],
)
def test_what_cannot_be_is_refused(assignment, said):
    with pytest.raises(ConfigError, match=said):
        load_settings(assignments=[assignment])


def test_every_step_of_every_pipeline_is_known_and_no_other():
    found = set()
    for module in pkgutil.iter_modules(pipelines.__path__):
        if module.name != "service":
            parts = vars(importlib.import_module(f"pipelines.{module.name}"))
            found |= {name for name, part in parts.items() if isinstance(part, BaseStep)}
    assert found == set(STEPS)
