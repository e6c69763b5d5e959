"""Variables of stack files: whence they come, which is taken first, and what is refused."""

import pytest

from stacks.variables import Value, look_up, malformed, parse_assignments, substitute
from tagstack.errors import UsageError


def test_the_command_line_goes_before_the_environment_and_that_before_what_was_applied(monkeypatch):
    monkeypatch.setenv("S3_BUCKET", "of-environment")
    applied = {"S3_BUCKET": "applied"}
    assert look_up("S3_BUCKET", "d", given={"S3_BUCKET": "given"}, applied=applied) == Value("given", "--var")
    assert look_up("S3_BUCKET", "d", given={}, applied=applied) == Value("of-environment", "environment")
    monkeypatch.delenv("S3_BUCKET")
    assert look_up("S3_BUCKET", "d", given={}, applied=applied) == Value("applied", "applied")
    assert look_up("S3_BUCKET", "d", given={}) == Value("d", "default")
    assert look_up("S3_BUCKET", None, given={}) == Value(None, "not set")


def test_an_empty_variable_of_the_environment_is_none(monkeypatch):
    monkeypatch.setenv("S3_BUCKET", "")
    assert look_up("S3_BUCKET", None, given={}).source == "not set"


def test_the_folder_beside_zenml_s_store_is_known_without_being_given(monkeypatch, tmp_path):
    monkeypatch.setenv("ZENML_CONFIG_PATH", str(tmp_path))
    assert look_up("TAGSTACK_DATA", None, given={}).value == str(tmp_path / "tagstack")


def test_a_value_is_put_in_as_it_is_and_not_read_again():
    tree = {"a": ["x${A}y", 3, None], "b": {"c": "${B:-d}"}}
    values = {"A": Value("${B}: {{s.k}}\n", "--var"), "B": Value("d", "default")}
    assert substitute(tree, values) == {"a": ["x${B}: {{s.k}}\ny", 3, None], "b": {"c": "d"}}


@pytest.mark.parametrize("text", ["${", "${}", "${a}", "${A B}", "${A:-${B}}", "${A-b}", "$ {A} ${1}"])
def test_what_only_looks_like_a_variable_is_found(text):
    assert list(malformed({"path": text})) == [("path",)]
    assert list(malformed({"path": "costs $5, {{s3.key}}, ${A}, ${A:-}"})) == []


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("S3_BUCKET", r"--var 'S3_BUCKET' is not of the form NAME=value"),
        ("S3_BUKET=x", r"--var S3_BUKET: the stack has no such variable; did you mean S3_BUCKET\?"),
        ("=hunter2", r"--var : the stack has no such variable; the stack has S3_BUCKET"),
    ],
)
def test_a_wrong_assignment_is_refused_without_its_value(assignment, message):
    with pytest.raises(UsageError, match=message) as caught:
        parse_assignments([assignment], known=["S3_BUCKET"])
    assert "hunter2" not in str(caught.value)
