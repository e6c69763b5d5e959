"""The page of a preparation: what was removed on the way from questions to documents."""

from __future__ import annotations

from tagstack.preparation import PreparationReport
from tagstack.report.blocks import Cell, Fact, Facts, Meter, Pairs, TableBlock
from tagstack.report.formats import percent, plural, whole
from tagstack.report.page import render_page


def render_preparation(report: PreparationReport) -> str:
    """Render the page of a preparation."""
    kept = percent(_share(report.documents, report.questions))
    facts = Facts([
        Fact("Documents", whole(report.documents), note=f"{kept} of {plural(report.questions, 'question')}"),
        Fact("Text of a document", whole(report.mean_text_characters), note="characters on average"),
        Fact("Code of a document", whole(report.mean_code_characters), note="characters on average"),
        Fact("Share of code", percent(report.code_share), note="of the characters of text and code"),
    ])  # fmt: skip
    summary = (
        f"{plural(report.questions, 'question')} became {plural(report.documents, 'document')}, in the same order."
    )
    return render_page("Preparation", summary, [facts, _removals(report), _oddities(report)])


def _removals(report: PreparationReport) -> TableBlock:
    counts = [
        ("Questions", report.questions),
        ("Empty, dropped", report.empty),
        ("Equal to an earlier one, dropped", report.exact_duplicates),
        ("Documents", report.documents),
        ("Documents in groups of near-duplicates, kept", report.near_duplicate_documents),
    ]
    rows: list[list[Cell]] = [[name, count, _part(count, report.questions)] for name, count in counts]
    return TableBlock("From questions to documents", ["What", "Number", "Of the questions"], rows)


def _oddities(report: PreparationReport) -> Pairs:
    return Pairs("Details", [
        ("Groups of near-duplicates, each in one part of the split", report.near_duplicate_groups),
        ("Texts cut at the greatest length", report.cut_texts),
        ("Code cut at the greatest length", report.cut_codes),
        ("Bodies with odd HTML, read by BeautifulSoup", report.fallback_parses),
    ])  # fmt: skip


def _part(count: int, questions: int) -> Meter:
    share = _share(count, questions)
    return Meter(percent(share, 2), share or 0.0)


def _share(part: int, total: int) -> float | None:
    return part / total if total else None
