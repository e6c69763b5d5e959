import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from tagstack.report.drift_page import render_drift

ALL = (
    "quiet",
    "everything",
    "too little",
    "without labels",
    "without feedback",
    "hundreds of tags",
    "long tags",
    "hostile",
)
SECTIONS = ["Tests", "Performance of the model", "What moved", "Vocabulary", "Production use"]


@pytest.fixture(scope="module")
def sources(drift_reports):
    return {name: render_drift(report) for name, report in drift_reports.items()}


@pytest.fixture(scope="module")
def pages(sources):
    return {name: LexborHTMLParser(source) for name, source in sources.items()}


def texts(page, selector):
    return [" ".join(node.text(separator=" ").split()) for node in page.css(selector)]


def table(page, caption):
    """Return the rows of the table whose caption begins so: a list of cells each."""
    (found,) = [node for node in page.css("table") if node.css_first("caption").text().startswith(caption)]
    return [texts(row, "th, td") for row in found.css("tbody tr")]


@pytest.mark.parametrize("name", ALL)
def test_a_page_runs_no_script_and_asks_nothing_of_the_network(sources, pages, name):
    assert not pages[name].css("script, link, iframe, object, img, a, form")
    attributes = {key for node in pages[name].css("*") for key in node.attributes}
    assert not {key for key in attributes if key.startswith("on") or key in ("src", "srcdoc")}
    assert not re.search(r"@import|url\((?!#)", sources[name])
    assert set(re.findall(r"https?://[^\s\"'<]+", sources[name])) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


@pytest.mark.parametrize("name", ALL)
def test_every_page_tells_the_story_in_the_same_order(pages, name):
    assert texts(pages[name], "h1") == ["Drift report"]
    assert texts(pages[name], "h2") == SECTIONS
    assert pages[name].css_first("main > :first-child").attributes["class"].startswith("note ")


@pytest.mark.parametrize("name", ALL)
def test_every_picture_has_a_title_and_no_identifier_comes_twice(pages, name):
    pictures = pages[name].css("svg")
    assert all(picture.css_first("title").text() and picture.attributes["aria-label"] for picture in pictures)
    identifiers = [node.attributes["id"] for node in pages[name].css("[id]")]
    assert len(identifiers) == len(set(identifiers))


def test_each_test_is_shown_with_verdict_value_null_threshold_effect_and_sizes(pages, drift_reports):
    for score in drift_reports["everything"].scores:
        (row,) = [
            row
            for rows in pages["everything"].css("table.tests tbody tr")
            if (row := texts(rows, "th, td"))[0].startswith(score.name)
        ]
        assert row[1] == ("drift" if score.drifted else "no drift")
        assert row[3].startswith(f"{score.value:.3f} null ")
        assert row[4] == f"{score.threshold:.3f}"
        assert row[5].endswith(score.effect_name)
        assert row[7] == "1,200 against 1,500"


def test_drift_is_a_diamond_and_none_a_disc_so_that_colour_is_not_needed(pages):
    shapes = {"drift": "path[fill]", "no drift": "circle"}
    rows = pages["everything"].css("table.tests tbody tr")
    assert {row.css_first(".mark").text() for row in rows} == set(shapes)
    assert all(len(row.css(shapes[row.css_first(".mark").text()])) == 1 for row in rows)


def test_the_diagnosis_comes_first_with_severity_reasons_and_what_to_do(pages):
    found, action = pages["everything"].css("main > .note")[:2]
    assert found.attributes["class"] == "note bad"
    assert found.css_first("strong").text() == "Critical: covariate, prior, concept and vocabulary drift"
    assert len(found.css("li")) == 5
    assert texts(action, "strong, p")[0] == "What to do"
    assert texts(action, "strong, p")[1].startswith("Train on questions")


def test_no_drift_is_said_to_be_none(pages):
    found = pages["quiet"].css_first("main > .note")
    assert found.attributes["class"] == "note good"
    assert found.css_first("strong").text() == "No drift found"
    assert "No test found a tag or category that moved." in pages["quiet"].css_first("main").text()


def test_too_few_questions_are_no_pass(pages):
    page = pages["too little"]
    assert texts(page, "main > .note strong")[0] == "Not enough data for a verdict"
    assert not page.css(".note.good, .mark.good, .fact.good")
    assert {mark.text() for mark in page.css(".mark")} == {"not enough data"}
    assert "fewer than the 100" in page.css_first("table.tests").text()
    assert "No tag outside the model's vocabulary grew" not in page.css_first("main").text()
    assert "No test found" not in page.css_first("main").text()


def test_some_tests_without_a_verdict_are_named(drift_reports):
    quiet, open_ = drift_reports["quiet"], drift_reports["too little"].scores[5]
    page = LexborHTMLParser(render_drift(quiet.model_copy(update={"scores": (*quiet.scores[:5], open_)})))
    assert "No verdict on 1 of 6 tests" in texts(page, ".note strong")
    assert "Not enough data, which is no all-clear: embeddings." in texts(page, ".note p")


def test_weak_findings_are_not_hidden_behind_no_drift(drift_reports):
    report = drift_reports["everything"].model_copy(
        update={"diagnosis": drift_reports["quiet"].diagnosis, "metrics": ()}
    )
    note = LexborHTMLParser(render_drift(report)).css_first("main > .note")
    assert "too weak for a diagnosis: text length, language" in note.text()


def test_a_loss_that_no_kind_explains_is_the_headline(drift_reports):
    diagnosis = drift_reports["quiet"].diagnosis.model_copy(update={"severity": "warning"})
    report = drift_reports["quiet"].model_copy(
        update={"diagnosis": diagnosis, "metrics": drift_reports["everything"].metrics}
    )
    found = LexborHTMLParser(render_drift(report)).css_first("main > .note.warn strong").text()
    assert found.startswith("Warning: Micro-F1, Jaccard")
    assert found.endswith("fell, and no kind of drift explains it")


def test_what_is_missing_is_said_at_the_top(pages):
    assert "This report is partial" in texts(pages["without labels"], "main > .note strong")
    assert "No question of the window has tags" in pages["without labels"].css_first("main").text()
    untested = table(pages["without labels"], "Families without a test")
    assert untested == [[name, "not tested"] for name in ("Tags that people use", "Meaning of tags", "Vocabulary")]


def test_without_labels_the_estimated_metrics_carry_the_verdict(pages):
    row = table(pages["without labels"], "Metrics of the model")[0]
    assert row == ["Micro-F1", "fell", "0.580 (0.570 to 0.590)", "–", "0.525 (0.495 to 0.555)"]
    assert "estimated; in training 0.580" in texts(pages["without labels"], ".fact .remark")


def test_the_window_stands_beside_the_reference(pages):
    rows = table(pages["everything"], "Window against reference")
    assert rows[0] == ["From", "2024-08-01", "2024-10-01"]
    assert rows[2:] == [["Number", "1,500", "1,200"], ["With tags", "1,500 (100.0 %)", "1,180 (98.3 %)"]]


def test_tags_that_moved_have_before_now_and_their_difference(pages):
    moved = list(pages["everything"].css("table.changes"))
    assert len(moved) == 4
    assert texts(moved[2].css_first("tbody tr"), "th, td")[2:] == ["12.00 %", "18.00 %", "+6.00", "< 0.001"]
    assert texts(moved[3], "thead th")[2:4] == ["Expected", "Realised"]


def test_hundreds_of_tags_are_cut_to_those_that_moved_most(pages):
    moved = pages["hundreds of tags"].css("table.changes")[1]
    assert len(moved.css("tbody tr")) == 100
    assert "the first 100 of 400" in moved.css_first("caption").text()
    assert "tag-9 and 390 more" in pages["hundreds of tags"].css_first("main > .note").text()


def test_candidates_show_their_growth(pages):
    rows = table(pages["everything"], "Candidates for the next training")
    assert rows[0] == ["polars", "60", "0.00 %", "5.00 %", "121 ×", "0.001"]


def test_use_is_shown_by_version_and_by_week(pages):
    assert [row[0] for row in table(pages["everything"], "By model version")] == ["6", "7"]
    weeks = table(pages["everything"], "By week")
    assert weeks[0][2:] == ["75.0 % (73.0 to 77.0 %)", "44.0 %", "23.0 %", "37.0 %", "900", "300"]
    assert weeks[-1][1:3] == ["not enough data", "–"]
    assert "3 suggestions of versions that the registry does not know" in texts(pages["everything"], ".note strong")


def test_without_feedback_use_is_unknown_and_not_none(pages):
    assert "No feedback" in texts(pages["without feedback"], ".note strong")
    assert "Accepted" not in texts(pages["without feedback"], ".fact dt")


def test_earlier_estimates_show_how_wrong_they_were(pages):
    rows = table(pages["quiet"], "Earlier estimates")
    assert rows == [["Micro-F1", "4", "+0.012", "0.019", "75 %"]]
    assert "None has been compared" in pages["too little"].css_first("main").text()


def test_hostile_names_are_text(pages, sources):
    main = pages["hostile"].css_first("main").text()
    for name in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "日本語"):
        assert name in main
    assert "<script" not in sources["hostile"]


@pytest.mark.parametrize("name", ["everything", "hundreds of tags"])
def test_the_same_report_gives_the_same_page_of_modest_size(sources, drift_reports, name):
    assert render_drift(drift_reports[name]) == sources[name]
    assert len(sources[name]) < 400_000
