"""The building blocks of a report page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from markupsafe import Markup

Tone = Literal["plain", "good", "bad", "warn", "info"]


@dataclass(frozen=True)
class Mark:
    """A word in a coloured pill, such as `passed`; the word says what the colour says."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Number:
    """A number that is already written the way it should be read, such as ``12.5 %``, and a remark below it."""

    text: str
    remark: str = ""


@dataclass(frozen=True)
class Named:
    """A name and a remark below it."""

    text: str
    remark: str = ""


@dataclass(frozen=True)
class Strip:
    """A small picture in a row of a table, and a remark below it.

    Attributes:
        svg: inline SVG as `tagstack.report.strips` makes it; put into the page as it is; empty for none.
        remark: what stands below it, or instead of it.
    """

    svg: str
    remark: str = ""

    @property
    def markup(self) -> Markup:
        """The picture, exempt from escaping."""
        return Markup(self.svg)  # noqa: S704 - made by our own strips, where texts are escaped


@dataclass(frozen=True)
class Meter:
    """A number beside a bar of its length.

    Attributes:
        text: the number as it should be read.
        share: length of the bar between 0 and 1; what lies outside, NaN included, is brought inside.
    """

    text: str
    share: float

    @property
    def width(self) -> float:
        """Length of the bar in percent."""
        return round(100 * min(1.0, max(0.0, self.share)), 1) if self.share == self.share else 0.0


Cell = str | int | float | bool | None | Mark | Number | Named | Meter | Strip


def is_number(cell: Cell) -> bool:
    """Say whether a cell belongs to the right of its column."""
    return isinstance(cell, int | float | Number | Meter) and not isinstance(cell, bool)


@dataclass(frozen=True)
class Fact:
    """One headline number.

    Attributes:
        label: what it is.
        value: how it reads.
        interval: its uncertainty, such as ``0.551 to 0.590``.
        note: what it means, in a few words.
    """

    label: str
    value: str
    interval: str = ""
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Facts:
    """Headline numbers as tiles."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Pairs:
    """Names and values, one pair a line: what does not deserve a tile."""

    kind: ClassVar[str] = "pairs"
    caption: str
    pairs: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class TableBlock:
    """A table. Its first column names the row; columns of numbers are right-aligned; a long one scrolls.

    Attributes:
        caption: what the table shows.
        header: one name a column.
        rows: cells in the order of `header`; None and numbers that are not finite show as a dash.
        empty: what to say where there is no row.
        look: how the columns are divided, so that the pictures of several tables stand below each other.
    """

    kind: ClassVar[str] = "table"
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    look: Literal["", "tests", "changes", "use"] = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"table {self.caption!r}: a row of {len(row)} cells under {len(self.header)} names")

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers."""
        return tuple(any(is_number(row[at]) for row in self.rows) for at in range(len(self.header)))


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes:
        svg: inline SVG as `tagstack.report.canvas` makes it; put into the page as it is.
        title: what the picture shows.
        caption: how to read it.
    """

    kind: ClassVar[str] = "figure"
    svg: str
    title: str
    caption: str = ""

    @property
    def markup(self) -> Markup:
        """The picture, exempt from escaping."""
        return Markup(self.svg)  # noqa: S704 - made by our own canvas, where texts are escaped


@dataclass(frozen=True)
class Note:
    """A banner: a verdict, a warning or a remark."""

    kind: ClassVar[str] = "note"
    tone: Tone
    title: str
    text: str = ""
    points: Sequence[str] = ()


Leaf = Facts | Pairs | TableBlock | Figure | Note


@dataclass(frozen=True)
class Columns:
    """Blocks side by side where there is room, below each other where not."""

    kind: ClassVar[str] = "columns"
    blocks: Sequence[Leaf]


@dataclass(frozen=True)
class Section:
    """Blocks under a heading."""

    kind: ClassVar[str] = "section"
    title: str
    blocks: Sequence[Leaf | Columns]
    text: str = ""


Block = Leaf | Columns | Section
