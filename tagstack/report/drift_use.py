"""Production use in a drift report: what people made of the suggestions, by version and by week."""

from __future__ import annotations

from collections.abc import Sequence

from tagstack.bootstrap import Estimate
from tagstack.drift.report import ProductionUse, Use
from tagstack.report.blocks import Cell, Fact, Facts, Figure, Note, Number, Section, Strip, TableBlock
from tagstack.report.curves import shares_over_time
from tagstack.report.formats import percent, plural, whole
from tagstack.report.metric_names import metric_interval
from tagstack.report.metric_tables import estimate_cell
from tagstack.report.strips import interval_strip

_SHARE = "coverage"
"""A metric that is written as a percentage, as all of these are."""
_TEXT = "Accepted is the share of decided suggestions of which someone kept a tag; the whiskers are its interval."


def production_use(use: ProductionUse | None) -> Section:
    """Show acceptance and added tags, in all, by model version and by week."""
    if use is None:
        return Section("Production use", [Note("plain", "No feedback", "Nobody's decisions were read for this run.")])
    unknown = f"{plural(use.unknown, 'suggestion')} of versions that the registry does not know"
    notes = [Note("warn", unknown, "They are not counted below.")] if use.unknown else []
    versions, weeks = _table("By model version", "Version", use.versions), _table("By week", "Week from", use.weeks)
    return Section("Production use", [_total(use.total), *notes, versions, *_trend(use.weeks), weeks], _TEXT)


def _total(use: Use) -> Facts:
    return Facts([
        Fact("Suggestions", whole(use.suggestions), note=f"{whole(use.decided)} decided on"),
        _fact("Accepted", use.accepted, "with at least one tag kept"),
        _fact("Tags kept", use.kept, "of the suggested ones"),
        _fact("Tags added", use.added, "decisions with a tag of one's own"),
        _fact("Unpredictable", use.unpredictable, "of added tags the model cannot predict"),
    ])  # fmt: skip


def _fact(label: str, estimate: Estimate | None, note: str) -> Fact:
    if estimate is None:
        return Fact(label, "–", note="not enough data")
    return Fact(label, percent(estimate.value), metric_interval(_SHARE, estimate), note)


def _trend(weeks: Sequence[Use]) -> list[Figure]:
    known = [week for week in weeks if week.accepted or week.added]
    if len(known) < 2:
        return []
    shares = {"accepted": [week.accepted for week in known], "added": [week.added for week in known]}
    title = "Accepted suggestions and added tags by week"
    return [Figure(shares_over_time([week.name for week in known], shares, title=title), title, "Bands are intervals.")]


def _table(caption: str, first: str, uses: Sequence[Use]) -> TableBlock:
    header = [first, "From 0 to 100 %", "Accepted", "Kept", "Added", "Unpredictable", "Suggestions", "Decided"]
    return TableBlock(caption, header, [_row(use) for use in uses], empty="No suggestion was shown.", look="use")


def _row(use: Use) -> list[Cell]:
    return [
        use.name,
        _strip(use),
        estimate_cell(_SHARE, use.accepted),
        *(Number(percent(each.value if each else None)) for each in (use.kept, use.added, use.unpredictable)),
        use.suggestions,
        use.decided,
    ]


def _strip(use: Use) -> Strip:
    if use.accepted is None:
        return Strip("", "not enough data")
    spoken = f"{use.name}: accepted {percent(use.accepted.value)}, {metric_interval(_SHARE, use.accepted)}"
    return Strip(interval_strip(use.accepted.value, use.accepted.low, use.accepted.high, spoken=spoken))
