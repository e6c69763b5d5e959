import datetime as dt

import pytest
from selectolax.lexbor import LexborHTMLParser

from tagstack.report.retraining_page import render_retraining
from tagstack.retraining import RetrainingDecision

TRAIN = RetrainingDecision(
    retrain=True,
    wanted=True,
    reasons=("concept drift with a loss of micro_f1, critical", "<script>alert(1)</script>"),
    runs=3,
    drifted_runs=2,
    new_labels=1200,
    last_training=dt.datetime(2024, 10, 20, 6, tzinfo=dt.UTC),
    recent_trainings=1,
)
LATER = TRAIN.model_copy(update={"retrain": False, "blocked_by": ("120 new labelled questions, fewer than 200",)})
NONE = TRAIN.model_copy(
    update={"retrain": False, "wanted": False, "reasons": ("no drift",), "runs": 1, "last_training": None}
)


def page(decision):
    return LexborHTMLParser(render_retraining(decision))


@pytest.mark.parametrize(
    ("decision", "tone", "title"),
    [(TRAIN, "info", "Train"), (LATER, "warn", "Train, but not now"), (NONE, "plain", "No training")],
)
def test_the_decision_comes_first_with_its_reasons(decision, tone, title):
    note = page(decision).css_first("main > .note")
    assert note.attributes["class"] == f"note {tone}"
    assert note.css_first("strong").text() == title
    assert tuple(point.text() for point in note.css("li")) == decision.reasons


def test_what_stands_against_a_training_is_listed():
    notes = page(LATER).css("main > .note")
    assert [point.text() for point in notes[1].css("li")] == list(LATER.blocked_by)
    assert len(page(TRAIN).css("main > .note")) == 1


def test_the_memory_that_the_rule_used_is_shown():
    facts = {fact.css_first("dt").text(): fact.css_first("dd").text() for fact in page(TRAIN).css(".fact")}
    assert facts == {
        "Runs with drift": "2 of 3",
        "New labels": "1,200",
        "Trainings of late": "1",
        "Last training": "2024-10-20",
    }
    assert page(NONE).css(".fact")[-1].css_first("dd").text() == "–"


def test_the_page_runs_nothing():
    assert not page(TRAIN).css("script, link, img, iframe")
