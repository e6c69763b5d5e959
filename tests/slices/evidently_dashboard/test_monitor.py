"""`run.py monitor` on a real workspace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from stacks.evidently_validator import same_id

from .conftest import await_answer, free_port

MODEL = "shown"
"""A model of this file's own: other slices publish into the same workspace."""


@pytest.fixture
def validator(local_stack):
    """The stack's own, whose workspace is beside ZenML's throw-away store."""
    return Client().active_stack.data_validator


@pytest.fixture
def monitored(project, validator, make_report, frames):
    """Run `run.py monitor` after one drift run, in a process of its own: `address, process`."""
    validator.publish(make_report(1, model_name=MODEL), *frames, "run 1")
    port = free_port()
    command = [sys.executable, "run.py", "--set", f"model_name={MODEL}", "monitor", "--port", str(port)]
    with subprocess.Popen(command, cwd=project, env=os.environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield await_answer(f"http://127.0.0.1:{port}"), process
        finally:
            process.kill()


def test_the_dashboard_shows_runs_as_they_end_and_ends_on_ctrl_c(monitored, validator, make_report, frames, ask):
    address, process = monitored
    dashboard = ask(address, str(same_id(MODEL)))
    assert process.stdout.readline() == (
        f"Evidently's dashboard: {address}/projects/{dashboard.project} (Ctrl-C ends it)\n"
    )
    assert [one["metadata"]["run_id"] for one in dashboard.snapshots] == ["run 1"]
    validator.publish(make_report(2, model_name=MODEL), *frames, "run 2")
    validator.publish(make_report(1, model_name=MODEL, version=7), *frames, "run 1")
    end = time.monotonic() + 30
    while time.monotonic() < end and versions(dashboard) != {"run 1": "7", "run 2": "1"}:
        time.sleep(0.1)
    assert versions(dashboard) == {"run 1": "7", "run 2": "1"}
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def versions(dashboard):
    return {one["metadata"]["run_id"]: one["metadata"]["version"] for one in dashboard.snapshots}


def test_without_a_drift_run_there_is_nothing_to_show(refused):
    told = refused("--set", "model_name=unwatched", "monitor", code=2)
    assert told.startswith("Error: No drift run of unwatched is in the Evidently workspace ")
    assert told.endswith("yet; start with `python run.py --pipeline drift`.")


def test_a_port_that_is_taken_is_named(refused, validator, make_report, frames):
    validator.publish(make_report(), *frames, "run 1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refused("monitor", "--port", port, code=2)
    assert told == f"Error: Cannot listen on 127.0.0.1 port {port}: address already in use; choose another with --port."


@pytest.fixture
def stack_with(local_stack, component):
    """Register a stack like `local` whose data validator is another, or none: `stack_with(None)`."""

    def make(validator):
        name = f"watching-{free_port()}"
        kinds = {kind: [found[0].id] for kind, found in local_stack.components.items()}
        kinds.pop(StackComponentType.DATA_VALIDATOR, None)
        if validator:
            kinds[StackComponentType.DATA_VALIDATOR] = [validator.id]
        Client().create_stack(name, kinds)
        return name

    return make


def test_a_remote_service_has_a_dashboard_of_its_own(door, stack_with, component):
    stack = stack_with(component(url="https://evidently.example.org/"))
    result = door("--stack", stack, "monitor")
    assert result.stdout == "Evidently's dashboard: https://evidently.example.org\n"


def test_a_stack_without_a_workspace_is_named(refused, stack_with):
    stack = stack_with(None)
    told = refused("--stack", stack, "monitor", code=2)
    assert told == (
        f"Error: Stack {stack!r} has no data validator of flavor tagstack-evidently; choose one with --stack."
    )
