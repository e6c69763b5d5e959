"""The page of a validation: what was set aside, and what personal data was masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tagstack.config import PersonalKind
from tagstack.contract import ContractReport
from tagstack.report.blocks import Block, Cell, Columns, Fact, Facts, Meter, Note, Number, TableBlock
from tagstack.report.formats import moment, percent, plural, whole
from tagstack.report.page import render_page

_KINDS: Final[Mapping[PersonalKind, str]] = {
    "email": "E-mail addresses",
    "ip": "IP addresses",
    "phone": "Phone numbers",
    "url_userinfo": "User names and passwords in URLs",
    "home_folder": "User names in home folders",
    "secret": "Access keys and tokens",
    "mention": "Mentions of users",
}


def render_contract(report: ContractReport) -> str:
    """Render the page of a validation."""
    aside = report.rows - report.kept
    share = f"{percent(_share(report.kept, report.rows))} of {whole(report.rows)}"
    facts = Facts([
        Fact("Questions kept", whole(report.kept), note=share),
        Fact("Different tags", whole(report.distinct_tags)),
        Fact("Empty titles", percent(report.empty_title_share), note="of the questions kept"),
        Fact("Empty bodies", percent(report.empty_body_share), note="of the questions kept"),
        Fact("Personal data masked", whole(sum(report.masked.values())), note="pieces in titles and bodies"),
    ])  # fmt: skip
    summary = (
        f"{plural(report.kept, 'question')} of {moment(report.first)} to {moment(report.last)} UTC fulfil the contract."
    )
    blocks: list[Block] = [_verdict(aside, report.rows), facts, Columns([_set_aside(report), _masked(report.masked)])]
    return render_page("Contract", summary, blocks)


def _verdict(aside: int, rows: int) -> Note:
    if not aside:
        return Note("good", "Every question fulfils the contract")
    title = f"{plural(aside, 'question')} set aside ({percent(_share(aside, rows), 2)})"
    return Note("warn", title, "The quarantine artifact names each of them and the first rule that it breaks.")


def _set_aside(report: ContractReport) -> TableBlock:
    ranked = sorted(report.set_aside.items(), key=lambda rule: (-rule[1], rule[0]))
    rows: list[list[Cell]] = [[rule, count, Number(percent(_share(count, report.rows), 2))] for rule, count in ranked]
    header = ["Broken rule", "Questions", "Share"]
    return TableBlock("Set aside by the first rule broken", header, rows, empty="No question broke a rule.")


def _masked(masked: Mapping[PersonalKind, int]) -> TableBlock:
    most = max(masked.values(), default=0) or 1
    ranked = sorted(masked.items(), key=lambda kind: (-kind[1], kind[0]))
    rows: list[list[Cell]] = [[_KINDS.get(kind, kind), Meter(whole(count), count / most)] for kind, count in ranked]
    return TableBlock("Personal data masked by kind", ["Kind", "Pieces"], rows, empty="Nothing was masked.")


def _share(part: int, total: int) -> float | None:
    return part / total if total else None
