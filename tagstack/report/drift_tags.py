"""Tags in a drift report: those that moved, and those that the model does not know."""

from __future__ import annotations

from collections.abc import Iterable

from tagstack.drift.concept import ALL, MEANING, ODDS
from tagstack.drift.report import DriftReport, DriftScore, Moved, NewTag
from tagstack.report.blocks import Cell, Fact, Facts, Meter, Number, Section, Strip, TableBlock
from tagstack.report.drift_scores import FAMILIES
from tagstack.report.formats import chance, percent, points, short, whole
from tagstack.report.strips import change_strip

MOST = 100
"""Rows of a table; a page with every tag of a large vocabulary would help nobody."""
_UNLABELLED = "there are not enough questions with tags"
_CANDIDATES = "Candidates are tags that the model cannot predict, the fastest growing first."
_TEXT = "The ring is the share before, the disc the share now; each table has a scale of its own."


def moved_tags(report: DriftReport) -> Section:
    """Show the tags and categories that moved, test by test; new tags have a table of their own."""
    tables = [
        _moved_table(score) for score in report.scores if score.drifted and score.moved and score.family != "vocabulary"
    ]
    calm = "No test found a tag or category that moved."
    none = TableBlock("Tags and categories", ["Name"], [], empty=calm if report.enough_data else "Not enough data.")
    return Section("What moved", tables or [none], _TEXT if tables else "")


def vocabulary(report: DriftReport) -> Section:
    """Show how much lies outside the model's tags, and the candidates for the next training."""
    outside = report.out_of_vocabulary
    facts = [] if outside is None else [_outside(outside)]
    most = max((tag.after for tag in report.new_tags), default=0.0)
    rows = [_candidate(tag, most) for tag in report.new_tags[:MOST]]
    header = ["Tag", "Questions", "Share before", "Share now", "Growth", "Adjusted p"]
    caption = f"Candidates for the next training{_shown(len(rows), len(report.new_tags))}"
    empty = "No tag outside the model's vocabulary grew." if outside else f"Not known: {_UNLABELLED}."
    blocks: list[Facts | TableBlock] = [*facts, TableBlock(caption, header, rows, empty=empty)]
    return Section("Vocabulary", blocks, _CANDIDATES if rows else "")


def largest(moved: Iterable[Moved]) -> list[Moved]:
    """Sort what moved by the size of its change; what comes twice keeps the larger one."""
    ranked = sorted(moved, key=lambda each: (-abs(each.after - each.before), each.name))
    first = {each.name: at for at, each in reversed(list(enumerate(ranked)))}
    return [each for at, each in enumerate(ranked) if first[each.name] == at]


def _moved_table(score: DriftScore) -> TableBlock:
    most = max((max(each.before, each.after) for each in score.moved if each.name != ALL), default=0.0) or 1.0
    rows = [_change(each, most) for each in score.moved[:MOST]]
    times = ("Expected", "Realised") if score.name in (MEANING, ODDS) else ("Before", "Now")
    header = ["Name", f"{times[0]} → {times[1].lower()}", *times, "Points", "Adjusted p"]
    return TableBlock(_name(score) + _shown(len(rows), len(score.moved)), header, rows, look="changes")


def _name(score: DriftScore) -> str:
    family = FAMILIES[score.family]
    repeated = score.name.lower() in (family.lower(), score.family.replace("_", " "))
    return family if repeated else f"{family}: {score.name}"


def _shown(rows: int, known: int) -> str:
    return f", the first {rows} of {whole(known)}" if rows < known else ""


def _change(moved: Moved, most: float) -> list[Cell]:
    spoken = f"{moved.name}: from {percent(moved.before, 2)} to {percent(moved.after, 2)}"
    strip = change_strip(moved.before / most, moved.after / most, spoken=spoken)
    return [
        moved.name,
        Strip("", "the sum of all tags") if moved.name == ALL else Strip(strip),
        Number(percent(moved.before, 2)),
        Number(percent(moved.after, 2)),
        Number(points(moved.after - moved.before)),
        Number(chance(moved.p_value)),
    ]


def _outside(moved: Moved) -> Facts:
    change = f"{points(moved.after - moved.before)} points"
    return Facts([
        Fact("Tag uses outside the model's tags", percent(moved.after), note="in the window"),
        Fact("Before", percent(moved.before), note="in the reference"),
        Fact("Change", change, note=f"p {chance(moved.p_value)}" if moved.p_value is not None else ""),
    ])  # fmt: skip


def _candidate(tag: NewTag, most: float) -> list[Cell]:
    return [
        tag.tag,
        tag.questions,
        Number(percent(tag.before, 2)),
        Meter(percent(tag.after, 2), tag.after / most if most else 0.0),
        Number(f"{short(tag.growth)} ×"),
        Number(chance(tag.p_value)),
    ]
