from lxml import html

from tagstack.preparation import PreparationReport
from tagstack.report.preparation_page import render_preparation

REPORT = PreparationReport(
    questions=22040,
    documents=21900,
    empty=120,
    exact_duplicates=20,
    near_duplicate_groups=41,
    near_duplicate_documents=97,
    cut_texts=3,
    cut_codes=15,
    fallback_parses=222,
    mean_text_characters=812.4,
    mean_code_characters=640.6,
    code_share=0.441,
)


def text(report):
    return html.document_fromstring(render_preparation(report)).text_content()


def test_every_count_is_shown():
    for count in ("22,040", "21,900", "120", "41", "97", "15", "222", "812", "641", "44.1 %", "99.4 %", "0.54 %"):
        assert count in text(REPORT)


def test_nothing_read_has_a_page_without_shares():
    nothing = REPORT.model_copy(update=dict.fromkeys(PreparationReport.model_fields, 0))
    assert "– of 0 questions" in text(nothing)
