import datetime as dt
from typing import get_args

from lxml import html

from tagstack.config import PersonalKind
from tagstack.contract import ContractReport
from tagstack.report.contract_page import _KINDS, render_contract

REPORT = ContractReport(
    rows=1000,
    kept=990,
    set_aside={"duplicate id": 3, "<script>": 7},
    empty_title_share=0.001,
    empty_body_share=0.012,
    first=dt.datetime(2018, 1, 1, tzinfo=dt.UTC),
    last=dt.datetime(2018, 5, 13, 21, 11, tzinfo=dt.UTC),
    distinct_tags=97,
    masked={"email": 12, "secret": 0, "mention": 1234},
)
CLEAN = REPORT.model_copy(update={"kept": 1000, "set_aside": {}, "masked": {}})


def page(report):
    return html.document_fromstring(render_contract(report))


def test_rows_set_aside_are_counted_by_rule_with_the_most_frequent_first():
    shown = page(REPORT)
    assert shown.xpath("//table[contains(caption, 'Set aside')]/tbody/tr/th/text()") == ["<script>", "duplicate id"]
    assert "10 questions set aside (1.00 %)" in shown.text_content()
    assert not shown.xpath("//script")


def test_personal_data_is_counted_by_kind():
    rows = page(REPORT).xpath("//table[contains(caption, 'Personal')]/tbody/tr")
    assert [row.text_content() for row in rows] == [
        "Mentions of users1,234",
        "E-mail addresses12",
        "Access keys and tokens0",
    ]


def test_dates_tags_and_empty_texts_are_shown():
    shown = page(REPORT).text_content()
    for fact in ("2018-05-13 21:11", "97", "1.2 %", "0.1 %", "1,246"):
        assert fact in shown


def test_without_broken_rows_the_verdict_is_good():
    shown = page(CLEAN)
    assert shown.xpath("//div[@class='note good']")
    assert "No question broke a rule." in shown.text_content()
    assert "Nothing was masked." in shown.text_content()


def test_every_kind_of_personal_data_that_can_be_masked_has_a_name():

    assert set(_KINDS) == set(get_args(PersonalKind))
