"""Starting a pipeline: how the failure of a step elsewhere is told."""

from types import SimpleNamespace

import pytest

from commands import launch as launching
from tagstack.errors import ContractError, TagstackError
from tagstack.settings_file import load_settings


def failed_run(monkeypatch, source, message="Column body is empty."):
    info = SimpleNamespace(source=source, message=message)
    step = SimpleNamespace(name="validate", status=SimpleNamespace(is_failed=True), exception_info=info)
    run = SimpleNamespace(id="7", steps={"validate": step})
    monkeypatch.setattr(launching, "wait_finished", lambda _: run)
    return lambda _: run


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tagstack.errors.ContractError", ContractError),
        ("builtins.MemoryError", TagstackError),
        (None, TagstackError),
    ],
)
def test_the_failure_of_a_step_on_another_machine_is_told_as_if_it_were_here(monkeypatch, source, kind):
    with pytest.raises(kind, match=r"^Step validate failed: Column body is empty\.$"):
        launching._run(failed_run(monkeypatch, source), load_settings(), {})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("botocore.exceptions.EndpointConnectionError", "The artifact store is away."),
        ("tagstack.errors.StoreError", "no"),
    ],
)
def test_a_librarys_error_about_a_server_is_explained_and_ours_is_left_alone(monkeypatch, source, told):
    monkeypatch.setattr(launching.outages, "explain", lambda said: said and "The artifact store is away.")
    with pytest.raises(TagstackError) as error:
        launching._run(failed_run(monkeypatch, source, "no"), load_settings(), {})
    assert str(error.value) == f"Step validate failed: {told}"


def test_a_run_that_was_only_scheduled_says_so():
    with pytest.raises(TagstackError, match="only scheduled the run"):
        launching._run(lambda _: None, load_settings(), {})
