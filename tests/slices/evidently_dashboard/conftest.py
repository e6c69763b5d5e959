"""Drift reports of some months, the component that publishes them, and a real Evidently service."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.descriptor_shift import RATE
from tagstack.drift.descriptors import CATEGORIES, NUMBERS
from tagstack.drift.report import (
    Diagnosis,
    DriftReport,
    DriftScore,
    MetricDrift,
    Moved,
    NewTag,
    Period,
    ProductionUse,
    Use,
)

FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
SECRET = "hunter2-of-evidently"
TESTS = {
    **dict.fromkeys((*NUMBERS, *CATEGORIES, RATE), "descriptors"),
    "embeddings": "embeddings",
    "predicted tags": "predicted_tags",
    "true tags": "true_tags",
    "meaning of tags": "concept",
    "share of tag uses": "vocabulary",
}
METRICS = {"micro_f1": "classic", "jaccard": "classic", "at_least_one_in_top_5": "business", "coverage": "business"}


def around(value):
    return Estimate(value=value, low=value - 0.02, high=value + 0.02)


def make_score(name, *, value=0.52, drifted=False):
    sizes = {"reference": 800, "window": 480}
    told = {"value": value, "threshold": 0.55, "null": around(0.5), "p_value": 0.2, "adjusted_p_value": 0.4}
    told |= {"effect": 0.1, "effect_name": "Cliff's delta"}
    return DriftScore(name=name, family=TESTS[name], statistic="AUC", drifted=drifted, **told, **sizes)


def make_use(name):
    shares = {share: around(0.5) for share in ("accepted", "kept", "added", "unpredictable")}
    return Use(name=name, suggestions=30, decided=10, **shares)


@pytest.fixture
def make_report():
    """Make the report of a month: `make_report(3, version=2, drifted=["embeddings"])`."""

    def make(month=1, *, version=1, drifted=(), **parts):
        as_of = FIRST + dt.timedelta(days=30 * month)
        names = {name: {"value": 0.6, "drifted": True} if name in drifted else {} for name in TESTS}
        kinds, severity = (("covariate",), "warning") if drifted else ((), "none")
        told = {
            "model_name": "tagstack",
            "version": version,
            "model_sha256": "a" * 64,
            "trained_until": FIRST,
            "as_of": as_of,
            "reference": Period(since=FIRST - dt.timedelta(90), until=FIRST, questions=800, labelled=800),
            "window": Period(since=as_of - dt.timedelta(30), until=as_of, questions=480, labelled=440),
            "scores": tuple(make_score(name, **changed) for name, changed in names.items()),
            "metrics": tuple(
                MetricDrift(name=name, kind=kind, trained=around(0.6), realised=around(0.58), estimated=around(0.59))
                for name, kind in METRICS.items()
            ),
            "out_of_vocabulary": Moved(name="out of vocabulary", before=0.05, after=0.07),
            "new_tags": (NewTag(tag="polars", before=0, after=0.04, questions=19, growth=38, p_value=0.001),),
            "use": ProductionUse(total=make_use("all"), versions=(make_use(str(version)),), unknown=2),
            "diagnosis": Diagnosis(
                kinds=kinds, severity=severity, reasons=(), tags=(), descriptors=(), recommendation="Nothing to do."
            ),
        }
        return DriftReport(**told | parts)

    return make


@pytest.fixture(scope="session")
def frames():
    """Descriptors of reference and window; two of them, as each one's statistics take time."""
    return make_frame(80), make_frame(50)


def make_frame(rows):
    generator = np.random.default_rng(rows)
    languages = generator.choice(["English", "German"], rows)
    return pd.DataFrame({"text length": generator.gamma(2, 20, rows), "language": languages})


@pytest.fixture
def component(local_stack):
    """Register a component in ZenML and return it: `component(url="http://127.0.0.1:8000")`."""
    from zenml.client import Client
    from zenml.enums import StackComponentType
    from zenml.stack import StackComponent

    from stacks.evidently_validator import FLAVOR

    def make(**configuration):
        names = {"name": f"evidently-{uuid.uuid4().hex[:8]}", "flavor": FLAVOR}
        made = Client().create_stack_component(
            **names, component_type=StackComponentType.DATA_VALIDATOR, configuration=configuration
        )
        return StackComponent.from_model(made)

    return make


@pytest.fixture
def folder(tmp_path):
    """Where a workspace will be."""
    return tmp_path / "workspace"


@pytest.fixture
def publish(component, folder, frames):
    """Publish reports into a folder: `publish(report, "run 1")`."""
    validator = component(workspace=str(folder))

    def run(report, run_id="run 1", frames=frames):
        return validator.publish(report, *frames, run_id)

    return run


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The address of a running Evidently service that asks for a secret before it writes."""
    port, folder = free_port(), tmp_path_factory.mktemp("service")
    command = [str(Path(sys.executable).with_name("evidently")), "ui", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--workspace", str(folder), "--secret", SECRET],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield await_answer(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@pytest.fixture
def secret(local_stack):
    """A reference to a ZenML secret that holds the service's secret."""
    from zenml.client import Client

    name = f"evidently{uuid.uuid4().hex[:8]}"
    Client().create_secret(name, {"secret": SECRET})
    return f"{{{{{name}.secret}}}}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_answer(address):
    end = time.monotonic() + 240
    while time.monotonic() < end:
        try:
            httpx.get(f"{address}/api/version", timeout=5, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return address
    raise AssertionError(f"{address} does not answer")


@pytest.fixture
def ask():
    """Ask a running dashboard of a project, its only one where none is named: `ask(address).snapshots`."""
    with contextlib.ExitStack() as stack:

        def make(address, project=None):
            client = httpx.Client(base_url=address, timeout=30, trust_env=False)
            return Dashboard(stack.enter_context(client), project)

        yield make


class Dashboard:
    """What a browser reads of a running dashboard."""

    def __init__(self, client, project=None):
        self.client = client
        known = [one["id"] for one in self.client.get("/api/v2/projects").json()]
        [self.project] = [one for one in known if project in {None, one}]

    @property
    def snapshots(self):
        return self.client.get(f"/api/projects/{self.project}/snapshots").json()

    @property
    def panels(self):
        return self.client.get(f"/api/v2/dashboards/{self.project}").json()["panels"]

    def lines(self, panel):
        filters = [
            {"metric": one["metric"], "tags": [], "metadata": {}, "metric_labels": one["metric_labels"]}
            for one in panel["values"]
        ]
        answer = self.client.post(
            f"/api/v2/snapshots/{self.project}/data_series_batch", json={"series_filter": filters}
        )
        return answer.json()["series"]
