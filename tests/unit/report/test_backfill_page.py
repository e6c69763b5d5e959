from lxml import html

from tagstack.backfill.plan import BackfillPlan
from tagstack.backfill.report import ShardReport, summarise
from tagstack.report.backfill_page import render_backfill

PLAN = BackfillPlan(source="<a> table", since=None, until="2024-03-01", questions=4321, unnumbered=17, shards=())


def report(**given):
    usual = {
        "questions": 4304,
        "kept": 4200,
        "documents": 4111,
        "texts": 8222,
        "found": 222,
        "encoded": 8000,
        "tokens": 640_000,
        "seconds": 80.0,
        "reading_seconds": 4.0,
        "preparing_seconds": 8.0,
        "loading_seconds": 2.0,
        "encoding_seconds": 60.0,
        "storing_seconds": 1.0,
    }
    shard = ShardReport(number=1, first_id=11, last_id=99_999, **usual | given)
    return summarise(PLAN, [shard], dimension=512)


def text(whole):
    return html.document_fromstring(render_backfill(whole)).text_content()


def test_every_count_is_shown():
    shown = text(report())
    for count in ("4,304", "4,111", "8,222", "8,000", "640,000", "11 to 99999", "75.0 %", "4,321", "17", "2,048"):
        assert count in shown, count
    assert "until 2024-03-01" in shown
    assert "<a> table" in shown


def test_nothing_encoded_has_a_page_without_a_speed():
    assert "–" in text(report(encoded=0, tokens=0))
    assert "–" in text(report(**dict.fromkeys(("questions", "texts", "tokens"), 0), seconds=0.0))


def test_the_page_has_no_script():
    assert "<script" not in render_backfill(report())
