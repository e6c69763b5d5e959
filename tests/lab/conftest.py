"""The lab that all tests here share: servers, runs on stacks, and the report at the end.

Letters order the files: what begins with a and b is done while the lanes work, what must be alone comes last.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from lab import containers, faults, report, runs
from lab.client import Client, checkout, commit
from lab.clouds import compiled, stack_files
from lab.place import FOLDER, open_place, renew
from lab.servers.all import LabError, chosen, down, missing_packages, start_all
from lab.setting import write_questions

ALL = (*runs.STACKS, *runs.EMULATED, *compiled.STACKS)
WANTED = tuple(os.environ.get("TAGSTACK_LAB_STACKS", ",".join(ALL)).split(","))
"""Which stacks are run, or compiled."""
EVERYWHERE = ("postgresql", "s3", "mlflow", "zenml", "evidently", "smtp")
NEEDS = {
    "docker": ("docker-api",), "ssh": ("sshd",), "airflow": ("airflow",), "kubernetes": ("registry", "kubernetes"),
    "aws": ("registry", "sagemaker"),
}  # fmt: skip
"""The servers that every run of a lab needs, and those that a stack adds; what they need themselves comes with them."""
LANES = (("local", "local-s3", "server", "docker", *compiled.STACKS), ("ssh", "airflow", "kubernetes", "aws"))
"""What is done side by side; in a lane one after the other, as images of the same name are built in the second."""
KEEP = os.environ.get("TAGSTACK_LAB_KEEP") == "1"


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def record():
    """What the lab has seen; the report is written of it at the end.

    A lab that is kept goes on: it does not train again on stacks that earlier parts of it have trained on.
    """
    began = time.monotonic()
    known = report.load(FOLDER / "record.json", commit()) if KEEP else report.Record(commit())
    known.parts += 1
    yield known
    known.seconds += time.monotonic() - began
    if KEEP:
        report.save(known, FOLDER / "record.json")
    if known.runs and os.environ.get("TAGSTACK_LAB_REPORT", "1") == "1":
        report.write(known)


@pytest.fixture(scope="session")
def place(record):
    """An empty lab with the servers of the wanted stacks up; one that was left is ended first, this one at the end.

    With TAGSTACK_LAB_KEEP=1 an earlier one goes on and is not ended.
    """
    servers = chosen((*EVERYWHERE, *(server for stack in WANTED for server in NEEDS.get(stack, ()))))
    if missing := missing_packages(servers):
        pytest.fail(f"the lab needs {' '.join(missing)}: make lab-packages", pytrace=False)
    place = open_place()
    if not KEEP:
        down(place)
        place = renew()
    try:
        place = start_all(place, servers, lambda server, took: record.servers.setdefault(server.name, took))
    except LabError as error:
        pytest.fail(str(error), pytrace=False)
    yield place
    if not KEEP:
        down(place)


@pytest.fixture(scope="session")
def code(place):
    """The copy of the project that every stack runs."""
    folder = checkout(place)
    stack_files.write(folder)
    return folder


@pytest.fixture(scope="session")
def client(place, code):
    """Who runs on a stack: `client("server")`."""
    write_questions(place, Client(place, "local", code))
    return lambda stack: Client(place, stack, code)


@pytest.fixture(scope="session")
def lanes(client, place, code, record):
    """What is not known yet, begun when it is first asked for, by stack or name.

    Training or compiling on every wanted stack, and in a lane of its own the faults that strike servers of their own.
    """
    containers.forget(place)
    if not KEEP:
        containers.forget_images(place)
    pools = [ThreadPoolExecutor(1) for _ in (*LANES, faults.STACK)]
    known = {*record.runs, *record.compiled, *record.faults}
    begun = {
        stack: pool.submit(_work, client(stack), record)
        for pool, lane in zip(pools, LANES, strict=False)
        for stack in lane
        if stack in WANTED and stack not in known
    }
    wanted = [fault for fault in faults.FAULTS if fault.stack == faults.STACK in WANTED and fault.name not in known]
    if wanted:
        own = pools[-1].submit(faults.own_client, place, code)
        for fault in filter(faults.possible, wanted):
            begun[fault.name] = pools[-1].submit(lambda fault=fault: faults.suffer(own.result(), fault))
    yield begun
    for pool in pools:
        pool.shutdown(cancel_futures=True)


def _work(client, record):
    if client.stack in compiled.STACKS:
        record.compiled[client.stack] = compiled.compile_pipelines(client)
    else:
        record.runs[client.stack] = runs.train(client)


@pytest.fixture(scope="session")
def alone(lanes):
    """Wait until nothing else runs: `alone()`."""
    return lambda: wait(lanes.values())


@pytest.fixture(scope="session")
def trained(lanes, record):
    """The two training runs on a stack: `trained("server")`."""

    def train(stack):
        require(stack)
        if stack in lanes:
            lanes[stack].result()
        run = record.runs[stack]
        assert not run.missing, run.missing
        return run

    return train


@pytest.fixture(scope="session")
def sent(lanes, record):
    """What every pipeline would send on a stack, compiled: `sent("gcp")`."""

    def compile_for(stack):
        require(stack)
        if stack in lanes:
            lanes[stack].result()
        return record.compiled[stack]

    return compile_for


@pytest.fixture(scope="session")
def suffered(lanes, trained, client, record):
    """What a fault came to: `suffered(fault)`."""

    def suffer(fault):
        require(fault.stack)
        if fault.name in lanes:
            record.faults[fault.name] = lanes[fault.name].result()
        elif fault.name not in record.faults:
            trained(fault.stack)
            record.faults[fault.name] = faults.suffer(client(fault.stack), fault)
        return record.faults[fault.name]

    return suffer


@pytest.fixture(scope="session")
def wanted():
    """Skip a test of a stack that nobody wants: `wanted("kubernetes")`."""
    return require


def require(stack):
    """Skip a test of a stack that nobody wants."""
    if stack not in WANTED:
        pytest.skip(f"{stack} is not among TAGSTACK_LAB_STACKS")
