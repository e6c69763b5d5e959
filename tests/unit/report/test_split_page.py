import datetime as dt

import numpy as np
import pytest
from lxml import html

from tagstack.report.split_page import periods, render_split
from tagstack.split import PARTS, PartReport, Split, SplitReport, TagSupport

DAY = dt.datetime(2018, 5, 13, 9, 30, tzinfo=dt.UTC)
REPORT = SplitReport(
    parts=tuple(
        PartReport(part=part, documents=count, share=count / 1000, first=DAY, last=DAY)
        for part, count in zip(PARTS, (700, 150, 150), strict=True)
    ),
    left_out=3,
    supports=(
        TagSupport(tag="<b>c#</b>", train=70, calibrate=20, test=30),
        TagSupport(tag="new", train=0, calibrate=0, test=9),
    ),
)


def page(*args, **kwargs):
    return html.document_fromstring(render_split(*args, **kwargs))


def test_sizes_dates_supports_and_what_is_left_out_are_shown():
    shown = page(REPORT).text_content()
    for fact in ("700", "15.0 %", "2018-05-13 09:30", "3 documents in no part", "<b>c#</b>", "2.000"):
        assert fact in shown


def test_a_tag_that_training_has_not_seen_has_no_ratio():
    assert [row[-1].text for row in page(REPORT).xpath("//section//tbody/tr")] == ["2.000", "–"]


def test_with_dates_the_parts_are_drawn_over_time():
    parts = np.repeat([0, 1, 2, -1], [70, 15, 15, 2]).astype(np.int8)
    times = np.datetime64("2018-01-01") + np.arange(102).astype("timedelta64[D]")
    drawn = page(REPORT, split=Split(ids=np.arange(102), parts=parts), created_at=times)
    assert "train 70, calibrate 15, test 15" in drawn.xpath("string(//*[name()='desc'])")
    assert not page(REPORT).xpath("//svg")


def test_a_split_without_tags_says_so():
    assert "The model has no tags." in page(REPORT.model_copy(update={"supports": ()})).text_content()


@pytest.mark.parametrize(("days", "unit"), [(100, 1), (800, 7), (3000, 28), (9000, 365)])
def test_periods_are_as_fine_as_a_picture_can_show(days, unit):
    starts, number = periods(np.datetime64("2018-01-01") + np.arange(days).astype("timedelta64[D]"))
    assert len(starts) == number.max() + 1 <= 120
    assert min(np.diff(starts)).days == unit


def test_no_times_have_no_periods():
    assert periods(np.empty(0, "datetime64[us]"))[0] == []
