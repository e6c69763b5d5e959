"""A drift report as small as a mail needs, made of what a test says."""

from __future__ import annotations

import datetime as dt
import struct
import zlib

import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.report import Diagnosis, DriftReport, DriftScore, MetricDrift, Moved, NewTag, Period

FIRST = dt.datetime(2024, 10, 1, tzinfo=dt.UTC)
FAMILIES = {"covariate": "descriptors", "prior": "true_tags", "concept": "concept", "vocabulary": "vocabulary"}


def _score(kind, *, drifted, tags=()):
    return DriftScore(
        name=f"{kind} test",
        family=FAMILIES[kind],
        statistic="statistic",
        value=None if drifted is None else 0.4321,
        threshold=None if drifted is None else 0.1234,
        null=Estimate(value=0.05, low=0.01, high=0.1234),
        p_value=0.001,
        adjusted_p_value=0.004,
        effect=0.31,
        effect_name="Cliff's delta",
        reference=900,
        window=500,
        drifted=drifted,
        moved=tuple(Moved(name=tag, before=0.02, after=0.075) for tag in tags),
    )


@pytest.fixture
def make_report():
    """Return a report: `make_report("critical", kinds=("concept",), tags=("java",), day=3)`."""

    def make(severity="none", *, kinds=(), tags=(), day=0, version=3, untested=(), new=(), **diagnosis):
        moment = FIRST + dt.timedelta(days=day)
        tests = {kind: None if kind in untested else kind in kinds for kind in FAMILIES}
        trained, now = Estimate(value=0.58, low=0.56, high=0.6), Estimate(value=0.41, low=0.38, high=0.44)
        usual = {"reasons": ("reason one",), "descriptors": (), "recommendation": "Train on fresh questions."}
        return DriftReport(
            model_name="tagstack",
            version=version,
            model_sha256=f"{version:064x}",
            trained_until=FIRST,
            as_of=moment,
            reference=Period(since=FIRST - dt.timedelta(days=90), until=FIRST, questions=900, labelled=900),
            window=Period(since=moment - dt.timedelta(days=30), until=moment, questions=500, labelled=480),
            scores=tuple(_score(kind, drifted=tests[kind], tags=tags) for kind in FAMILIES),
            metrics=(
                MetricDrift(name="micro_f1", kind="classic", trained=trained, realised=now, drifted=severity != "none"),
            ),
            new_tags=tuple(
                NewTag(tag=tag, before=0.001, after=0.04, questions=20, growth=41.2, p_value=0.0001) for tag in new
            ),
            diagnosis=Diagnosis(kinds=kinds, severity=severity, tags=tags, **(usual | diagnosis)),
            notes=tuple(f"No {kind} tests." for kind in untested),
        )

    return make


@pytest.fixture(scope="session")
def png():
    """A picture of one pixel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")]
    )
