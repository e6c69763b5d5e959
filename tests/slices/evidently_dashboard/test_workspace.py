"""Snapshots in a workspace folder, one a drift run."""

from __future__ import annotations

import datetime as dt
import json
import resource

import numpy as np
import pandas as pd
import pytest

from tagstack.drift.descriptors import CATEGORIES, NUMBERS
from tagstack.errors import StorageError

WORDS = "correct horse battery staple"


def snapshots(folder):
    return {file: json.loads(file.read_text()) for file in sorted(folder.glob("*/snapshots/*"))}


def figures(snapshot):
    """The numbers of a snapshot, by group, name and figure."""
    results = snapshot["metric_results"].values()
    labelled = [(one["metric_value_location"]["metric"]["params"], one["value"]) for one in results if "value" in one]
    return {(label["group"], label["name"], label["figure"]): value for label, value in labelled if "group" in label}


def test_each_run_adds_a_snapshot_of_the_end_of_its_window(publish, make_report, folder):
    first, second = (publish(make_report(month), f"run {month}") for month in (1, 2))
    assert first.address == str(folder)
    found = {file.stem: one for file, one in snapshots(folder).items()}
    assert set(found) == {first.snapshot_id, second.snapshot_id}
    newest = found[second.snapshot_id]
    assert newest["timestamp"] == "2024-03-01T00:00:00"
    assert newest["tags"] == ["version 1"]
    assert newest["metadata"]["run_id"] == "run 2"


def test_a_snapshot_holds_every_number_of_the_report(publish, make_report, folder):
    publish(make_report())
    [told] = snapshots(folder).values()
    found = figures(told)
    score = {name: found["embeddings", "embeddings", name] for name in ("value", "threshold", "p_value", "effect")}
    assert score == {"value": 0.52, "threshold": 0.55, "p_value": 0.2, "effect": 0.1}
    metric = {name: found["classic", "micro_f1", name] for name in ("trained", "realised", "estimated")}
    assert metric == {"trained": 0.6, "realised": 0.58, "estimated": 0.59}
    assert found["use", "accepted", "share"] == 0.5
    assert found["out_of_vocabulary", "share of tag uses", "window"] == 0.07
    assert found["volume", "questions", "count"] == 480


def test_verdicts_are_ours(publish, make_report, folder):
    """Evidently's own tests are absent, as its default thresholds alarm without drift."""
    publish(make_report(drifted=["embeddings"]))
    [told] = snapshots(folder).values()
    tests = [test for one in told["metric_results"].values() for test in one["tests"]]
    assert {test["id"] for test in tests} == {"tagstack_drift"}
    assert [test["name"] for test in tests if test["status"] == "FAIL"] == ["embeddings: embeddings"]


def test_the_same_run_again_replaces_its_snapshot(publish, make_report, folder):
    first = publish(make_report(), "run 1")
    again = publish(make_report(version=2), "run 1")
    assert again == first
    [told] = snapshots(folder).values()
    assert told["tags"] == ["version 2"]


def test_no_text_of_a_question_is_in_any_file(publish, make_report, folder, frames):
    texts = {"title": WORDS, "body": f"<p>{WORDS}</p>"}
    publish(make_report(), frames=tuple(frame.assign(**texts) for frame in frames))
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) == 3  # the project, its dashboard, the snapshot
    for file in files:
        assert not any(word in file.read_text() for word in WORDS.split())


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_questions_are_no_error_and_leave_valid_json(publish, make_report, folder, frames, rows):
    publish(make_report(), frames=(frames[0], frames[1].head(rows)))
    [file] = snapshots(folder)
    json.loads(file.read_text(), parse_constant=pytest.fail)  # browsers know no NaN


def test_constant_descriptors_leave_valid_json(publish, make_report, folder, frames):
    publish(make_report(), frames=(frames[0], frames[1].assign(**{"text length": 0.0, "language": "English"})))
    [file] = snapshots(folder)
    json.loads(file.read_text(), parse_constant=pytest.fail)


def test_every_descriptor_has_its_statistics(publish, make_report, folder):
    samples = [
        pd.DataFrame({name: np.arange(rows, dtype=float) for name in NUMBERS} | {"language": ["English"] * rows})
        for rows in (5, 4)
    ]
    publish(make_report(), frames=samples)
    [told] = snapshots(folder).values()
    shown = [widget["params"]["header"] for widget in told["widgets"] if widget["type"] == "rich_data"]
    assert shown == [*NUMBERS, *CATEGORIES]


def test_a_partial_report_is_published_with_what_it_has(publish, make_report, folder):
    report = make_report(use=None, out_of_vocabulary=None, new_tags=(), metrics=(), scores=(), notes=("No labels.",))
    publish(report)
    [told] = snapshots(folder).values()
    assert {group for group, _, _ in figures(told)} == {"volume", "diagnosis", "model"}


def test_the_moment_of_a_snapshot_is_in_utc(publish, make_report, folder):
    publish(make_report(as_of=dt.datetime(2024, 3, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))))
    [told] = snapshots(folder).values()
    assert told["timestamp"] == "2024-03-01T00:00:00"


def test_panels_are_made_once_and_those_of_people_stay(publish, make_report, folder):
    publish(make_report(1), "run 1")
    [file] = folder.glob("*/dashboard.json")
    made = json.loads(file.read_text())
    theirs = {**made["panels"][1], "id": "01890000-0000-7000-8000-000000000000", "title": "Mine"}
    file.write_text(json.dumps({**made, "panels": [*made["panels"], theirs]}))
    publish(make_report(2), "run 2")
    titles = [panel["title"] for panel in json.loads(file.read_text())["panels"]]
    assert titles == [*(panel["title"] for panel in made["panels"]), "Mine"]


def test_a_folder_that_cannot_be_made_is_one_line(component, make_report, frames, tmp_path):
    (tmp_path / "file").write_text("")
    validator = component(workspace=str(tmp_path / "file" / "workspace"))
    with pytest.raises(StorageError, match=r"Cannot write the Evidently workspace .*file/workspace: Not a directory; "):
        validator.publish(make_report(), *frames, "run 1")


def test_a_full_disk_leaves_what_was_there(publish, make_report, folder):
    publish(make_report(), "run 1")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        with pytest.raises(StorageError, match=r"File too large; give it a folder"):
            publish(make_report(version=2), "run 1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_a_damaged_workspace_is_one_line(publish, make_report, folder):
    publish(make_report(), "run 1")
    [file] = folder.glob("*/dashboard.json")
    file.write_text("{")
    with pytest.raises(StorageError, match=r"^The Evidently workspace \S+ is damaged: .*; move it away\.$"):
        publish(make_report(2), "run 2")
