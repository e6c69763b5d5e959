from selectolax.lexbor import LexborHTMLParser

from tagstack.drift.concept import ALL, ODDS
from tagstack.drift.report import Moved
from tagstack.report.drift_page import render_drift
from tagstack.report.drift_tags import largest


def moved(name, before, after):
    return Moved(name=name, before=before, after=after)


def test_what_moved_most_comes_first_and_once():
    found = [moved("a", 0.1, 0.2), moved("b", 0.5, 0.1), moved("a", 0.1, 0.9), moved("c", 0.3, 0.1)]
    assert [(each.name, each.after) for each in largest(found)] == [("a", 0.9), ("b", 0.1), ("c", 0.1)]


def changes(report, *scores):
    page = LexborHTMLParser(render_drift(report.model_copy(update={"scores": scores})))
    return page.css("table.changes")


def test_what_did_not_drift_did_not_move(drift_reports):
    assert not changes(drift_reports["quiet"], *drift_reports["quiet"].scores)


def test_the_sum_of_all_tags_does_not_spoil_the_scale(drift_reports):
    report = drift_reports["everything"]
    shares = (moved(ALL, 4.9, 5.0), moved("sql", 0.1, 0.2))
    score = report.family("true_tags")[0].model_copy(update={"name": ODDS, "moved": shares})
    (table,) = changes(report, score)
    sums, sql = table.css("tbody tr")
    assert "the sum of all tags" in sums.text()
    assert not sums.css("svg")
    assert sql.css("circle")[-1].attributes["cx"] == "200.0"
    assert [name.text() for name in table.css("thead th")][2:4] == ["Expected", "Realised"]


def test_new_tags_are_candidates_and_no_changes(drift_reports):
    report = drift_reports["everything"]
    score = report.family("vocabulary")[0].model_copy(update={"moved": (moved("polars", 0.0, 0.05),)})
    assert not changes(report, score)
