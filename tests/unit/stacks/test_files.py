"""Stack files: the shipped ones are sound, and a broken one is refused with file and line."""

import pytest

from stacks import files
from stacks.files import DEFAULT_STACK, read_stack, stack_names
from tagstack.errors import ConfigError
from tagstack.paths import PROJECT

GOOD = """name: mine
description: Mine.
variables:
  BUCKET: Where artifacts lie.
components:
  orchestrator: {flavor: local}
  artifact_store:
    flavor: s3
    configuration:
      path: s3://${BUCKET}
"""
PATH = "10: components.artifact_store.configuration.path"
KINDS = {
    "orchestrator", "artifact_store", "image_builder", "container_registry", "experiment_tracker", "model_registry",
    "data_validator", "alerter", "deployer",
}  # fmt: skip
SHIPPED = {
    "local", "local-s3", "server", "docker", "ssh", "airflow", "kubernetes", "aws", "gcp", "azure",
}  # fmt: skip


def test_every_shipped_stack_is_sound_and_names_each_type_of_component_or_why_it_has_none():
    assert DEFAULT_STACK in stack_names()
    assert set(stack_names()) == SHIPPED
    for name in stack_names():
        stack = read_stack(name)
        assert stack.name == name
        assert stack.description.endswith(".")
        assert stack.runs
        assert {kind.value for kind in {**stack.components, **stack.without}} == KINDS


def test_every_extra_of_a_stack_has_a_lock():
    for name in stack_names():
        for extra in read_stack(name).extras:
            lock = (PROJECT / "requirements" / f"{extra}.txt").read_text()
            assert "--hash=sha256:" in lock
            assert "://" not in lock  # no address of a registry


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("{flavor: local}", "{flavor: [x]}"), "6: components.orchestrator.flavor: Input should be"),
        (GOOD.replace("orchestrator", "orchestra"), "6: components.orchestra: no type of component; did you mean "),
        (GOOD.replace("{flavor:", "{flavour:"), "6: components.orchestrator.flavor: Field required"),
        (GOOD.replace("r: s3", "r: s3\n    config: {}"), "9: components.artifact_store.config: unknown key; did you"),
        (GOOD + "colour: red\n", "11: colour: unknown key; there are name, description"),
        (GOOD.replace("name: mine", "name: yours"), "1: name: must be mine, as the file is called"),
        (GOOD.replace("name: mine", "name: My Stack"), "1: name: String should match pattern"),
        (GOOD + "without:\n  artifact_store: No.\n", "12: without.artifact_store: the stack has such a component"),
        (GOOD.replace("${BUCKET}", "${BUCKETS}"), f"{PATH}: variable BUCKETS is not listed under variables; did you "),
        (GOOD.replace("${BUCKET}", "${bucket}"), f"{PATH}: a variable is written ${{NAME}} or"),
        (GOOD.replace("${BUCKET}", "${BUCKET"), f"{PATH}: a variable is written ${{NAME}} or"),
        (GOOD.replace("s3://${BUCKET}", "s3://b"), "4: variables.BUCKET: no component uses it"),
        (GOOD.replace("  BUCKET", "  bucket"), "4: variables.bucket: String should match pattern"),
        (GOOD + "description: Again.\n", "11: description stands there twice, first in line 2"),
        (GOOD + "      path: s3://c\n", "11: components.artifact_store.configuration.path stands there twice, first"),
        (GOOD + "      key: {{s3.key}}\n", "11: a key must be a word; write secret references in quotes"),
        (GOOD + "\tkey: x\n", "11: not valid YAML: found character"),
        (GOOD + "---\nname: two\n", "11: not valid YAML"),
        ("name: mine\n", "1: description: Field required"),
        ("- a list\n", "1: must hold the keys name, description and components"),
        ("a: &a\n  b: *a\n", "nested too deeply"),
        ("name: [\n", "2: not valid YAML"),
        ("name: \x07\n", "1: not valid YAML"),
        ("", "1: must hold the keys name, description and components"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    (tmp_path / "mine.yaml").write_text(text)
    assert stack_names() == ["mine"]
    with pytest.raises(ConfigError) as caught:
        read_stack("mine")
    assert str(caught.value).startswith("stacks/mine.yaml:")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    (tmp_path / "mine.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ConfigError, match=r"Cannot read stacks/mine\.yaml"):
        read_stack("mine")
