"""The page of a split: what trains, calibrates and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagstack.report.blocks import Fact, Facts, Figure, Meter, Note, Section, TableBlock
from tagstack.report.distributions import timeline
from tagstack.report.formats import decimal, moment, percent, plural, whole
from tagstack.report.page import render_page
from tagstack.split import PARTS, Split, SplitReport, utc

_PURPOSE = {
    "train": "fits the model and its vocabulary",
    "calibrate": "fits thresholds and probabilities",
    "test": "is seen by the evaluation alone",
}


def render_split(report: SplitReport, *, split: Split | None = None, created_at: npt.ArrayLike | None = None) -> str:
    """Render the page of a split.

    Args:
        report: Sizes, dates and supports.
        split: The split of n documents, for the picture of the parts over time.
        created_at: Their timestamps [n].
    """
    total = sum(part.documents for part in report.parts)
    facts = [
        Fact(part.part.capitalize(), whole(part.documents), note=f"{percent(part.share)}; {_PURPOSE[part.part]}")
        for part in report.parts
    ]
    summary = f"{plural(total, 'document')} in {plural(len(report.parts), 'part')}; near-duplicates never lie in two."
    pictures = [] if split is None or created_at is None else [_parts_over_time(split, utc(created_at))]
    return render_page(
        "Split", summary, [Facts(facts), *_left_out(report), *pictures, _parts(report), _supports(report)]
    )


def periods(times: npt.NDArray[np.datetime64], most: int = 120) -> tuple[list[dt.date], npt.NDArray[np.intp]]:
    """Divide a span into days, weeks, months or years, whichever gives at most `most` of them (years may give more).

    Args:
        times: datetime64[n].
        most: How many periods can be told apart.

    Returns:
        First days of the consecutive periods, and for each time the number of its period [n].

    >>> periods(np.array(["2018-01-03", "2018-01-05"], "datetime64[us]"))[1]
    array([0, 2])
    """
    if not len(times):
        return [], np.empty(0, np.intp)
    for unit in ("D", "W", "M", "Y"):
        steps = times.astype(f"datetime64[{unit}]")
        number = (steps - steps.min()).astype(np.intp)
        if number.max() < most:
            break
    starts = steps.min() + np.arange(number.max() + 1)
    return starts.astype("datetime64[D]").tolist(), number


def _parts_over_time(split: Split, times: npt.NDArray[np.datetime64]) -> Figure:
    used = split.parts >= 0
    starts, number = periods(times[used])
    parts = split.parts[used]
    counts: dict[str, list[int]] = {
        part: np.bincount(number[parts == at], minlength=len(starts)).tolist() for at, part in enumerate(PARTS)
    }
    return Figure(timeline(starts, counts, label="Documents"), "Parts over time", _period_caption(starts))


def _period_caption(starts: Sequence[dt.date]) -> str:
    days = (starts[1] - starts[0]).days if len(starts) > 1 else 1
    period = {1: "day", 7: "week"}.get(days, "month" if days < 32 else "year")
    return f"Documents a {period}."


def _left_out(report: SplitReport) -> list[Note]:
    if not report.left_out:
        return []
    title = f"{plural(report.left_out, 'document')} in no part"
    return [
        Note("info", title, "A near-duplicate of theirs lies in an earlier part, so testing on them would flatter.")
    ]


def _parts(report: SplitReport) -> TableBlock:
    rows = [
        (part.part, part.documents, Meter(percent(part.share), part.share), moment(part.first), moment(part.last))
        for part in report.parts
    ]
    return TableBlock("Size and dates (UTC)", ["Part", "Documents", "Share", "First", "Last"], rows)


def _supports(report: SplitReport) -> Section:
    sizes = {part.part: part.documents for part in report.parts}
    rows = [
        (tag.tag, tag.train, tag.calibrate, tag.test, _ratio(tag.train, sizes["train"], tag.test, sizes["test"]))
        for tag in report.supports
    ]
    header = ["Tag", "Train", "Calibrate", "Test", "Test / train"]
    table = TableBlock("Documents with the tag", header, rows, empty="The model has no tags.")
    text = "The last column is how much more frequent a tag is in the test part than in training: far from 1 is drift."
    return Section("Most frequent tags", [table], text)


def _ratio(train: int, trained: int, test: int, tested: int) -> str | float:
    return (test / tested) / (train / trained) if train and tested else decimal(None)
