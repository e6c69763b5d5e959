"""Stack files: the shipped ones are sound, and a broken one is refused with the place."""

import pytest

from stacks import files
from stacks.files import DEFAULT_STACK, read_stack, stack_names
from tagstack.errors import ConfigError

GOOD = "name: mine\ndescription: Mine.\ncomponents:\n  orchestrator: {flavor: local}\n"


def test_every_shipped_stack_is_sound_and_bears_the_name_of_its_file():
    assert DEFAULT_STACK in stack_names()
    for name in stack_names():
        stack = read_stack(name)
        assert stack.name == name
        assert stack.description.endswith(".")
        assert {"orchestrator", "artifact_store", "experiment_tracker"} <= {kind.value for kind in stack.components}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("local", "[local]"), r"stacks/mine\.yaml: components\.orchestrator\.flavor: Input should be"),
        (
            GOOD.replace("orchestrator", "orchestra"),
            r"stacks/mine\.yaml: components\.orchestra\.\[key\]: Input should be",
        ),
        (GOOD + "colour: red\n", r"stacks/mine\.yaml: colour: Extra inputs are not permitted"),
        ("name: mine\n", r"stacks/mine\.yaml: description: Field required"),
        ("- a list\n", r"stacks/mine\.yaml: .*dictionary"),
        ("name: [\n", r"stacks/mine\.yaml is not valid YAML"),
        ("", r"stacks/mine\.yaml"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    (tmp_path / "mine.yaml").write_text(text)
    assert stack_names() == ["mine"]
    with pytest.raises(ConfigError, match=message) as caught:
        read_stack("mine")
    assert "\n" not in str(caught.value)
