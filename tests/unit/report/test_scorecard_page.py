import datetime as dt

import pytest
from lxml import html

from tagstack.bootstrap import Estimate
from tagstack.metrics import population
from tagstack.report.metric_names import metric_name, metric_value
from tagstack.report.scorecard_page import render_evaluation
from tagstack.scorecard import (
    HEADLINE,
    CalibrationScore,
    CurvePoint,
    Evaluation,
    OpenEstimate,
    ReliabilityBin,
    Scorecard,
    SliceScore,
    TagScore,
)

CLASSIC = ("micro_precision", "micro_recall", "micro_f1", "macro_f1", "samples_f1", "weighted_recall", "jaccard")
BUSINESS = ("coverage", "at_least_one_suggested", "at_least_one_in_top_5", "suggestions_per_question")
NAN = float("nan")


def around(value):
    return Estimate(value=value, low=value - 0.01, high=value + 0.01)


def tag(name, f1, support):
    return TagScore(tag=name, precision=f1, recall=f1, f1=f1, support=support, suggested=support, threshold=0.3)


def scorecard(name="model", value=0.58, **changes):
    card = Scorecard(
        name=name,
        questions=6439,
        questions_with_tags=5000,
        questions_without_suggestion=123,
        classic={metric: around(value) for metric in CLASSIC},
        business={metric: around(value) for metric in BUSINESS},
        open={"micro_f1": OpenEstimate(value=0.4, low=0.39, high=0.41, ceiling=0.5)},
        tags=(tag("c#", 0.5, 10), tag("sql", 0.4, 9)),
        calibration=CalibrationScore(
            bins=(ReliabilityBin(low=0.0, high=0.1, pairs=100, mean_probability=0.05, share_true=0.04),),
            expected_error=0.0213,
            brier=0.0123,
        ),
        curve=tuple(CurvePoint(threshold=at / 100, precision=at / 100, recall=1 - at / 100) for at in range(100)),
        slices=(SliceScore(name="short", questions=99, metrics={metric: around(0.4) for metric in HEADLINE}),),
    )
    return card.model_copy(update=changes)


def evaluation(model=None, *baselines):
    return Evaluation(
        model_sha256="ab12" * 16,
        first=dt.datetime(2018, 4, 1, tzinfo=dt.UTC),
        last=dt.datetime(2018, 5, 13, tzinfo=dt.UTC),
        model=model or scorecard(),
        baselines=baselines,
    )


def page(*args):
    return html.document_fromstring(render_evaluation(evaluation(*args)))


def test_the_headline_shows_four_metrics_with_their_intervals():
    tiles = [tile.text_content() for tile in page().xpath("//div[contains(@class, 'fact ')]")]
    assert len(tiles) == 5
    assert "Micro-F10.5800.570 to 0.590" in tiles[0]
    assert "58.0 %57.0 to 59.0 %" in tiles[3]
    assert "1231.9 % of the questions" in tiles[4]


def test_every_part_of_the_scorecard_is_shown():
    shown = page(None, scorecard("popularity", 0.12)).text_content()
    for part in ("Popularity", "Against all original tags", "80.0 %", "short", "Brier score 0.0123", "0.021", "c#"):
        assert part in shown
    for metric in (*CLASSIC, *BUSINESS):
        assert metric_name(metric) in shown


@pytest.mark.parametrize(("value", "warned"), [(0.7, True), (0.58, True), (0.12, False)])
def test_a_baseline_that_is_not_behind_is_named_in_a_warning(value, warned):
    assert ("TF-IDF + linear is not behind" in page(None, scorecard("tfidf", value)).text_content()) is warned


def test_tags_stand_in_order_of_support_and_hostile_names_are_escaped():
    hostile = "<script>alert(1)</script>"
    shown = page(scorecard(tags=(tag("rare", 0.1, 1), tag(hostile, 0.9, 50))))
    table = shown.xpath("//table[caption='All tags of the model']")[0]
    assert table.xpath("./tbody/tr/th/text()") == [hostile, "rare"]
    assert not shown.xpath("//script")


def test_a_tag_neither_true_nor_suggested_has_no_f1():
    shown = page(scorecard(tags=(tag("c#", 0.5, 5), tag("unseen", 0.0, 0))))
    cells = shown.xpath("//table[caption='All tags of the model']//tr[th='unseen']/td")
    assert cells[4].text_content() == "–"


def test_an_empty_scorecard_still_has_a_page():
    nothing = {name: Estimate(value=NAN, low=NAN, high=NAN) for name in (*CLASSIC, *BUSINESS)}
    empty = scorecard(
        questions=0,
        tags=(),
        curve=(),
        slices=(),
        open={"micro_f1": OpenEstimate(value=0.0, low=0.0, high=0.0, ceiling=0.0)},
        classic=nothing,
        business=nothing,
        calibration=CalibrationScore(bins=(), expected_error=NAN, brier=NAN),
    )
    shown = page(empty, empty)
    assert "No slice has questions." in shown.text_content()
    assert "No tag has a score." in shown.text_content()


def test_a_hundred_tags_make_a_page_of_modest_size_and_always_the_same():
    big = evaluation(
        scorecard(tags=tuple(tag(f"tag-{at}", at / 100, at) for at in range(100))), scorecard("popularity")
    )
    shown = render_evaluation(big)
    assert shown == render_evaluation(big)
    assert len(shown) < 400_000


def test_pictures_of_one_page_share_no_identifier():
    names = page(None, scorecard("popularity")).xpath("//svg//@id")
    assert len(names) > 5
    assert len(set(names)) == len(names)


def test_unknown_metrics_are_still_readable():
    assert metric_name("median_rank") == "Median rank"
    assert metric_value("median_rank", 2.5) == "2.500"
    assert population("median_rank") == "all questions"
