"""The renderer of a report page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tagstack.report.blocks import Block, Cell, Mark, Meter, Named, Number, Strip
from tagstack.report.formats import decimal, whole


def render_page(title: str, summary: str, blocks: Sequence[Block]) -> str:
    """Render one self-contained page: no scripts, no requests, every text escaped.

    Args:
        title: The page's heading.
        summary: One sentence below it.
        blocks: What follows.

    >>> from tagstack.report.blocks import Note
    >>> "&lt;script&gt;" in render_page("Tags", "All", [Note("info", "<script>")])
    True
    """
    return _template().render(title=title, summary=summary, blocks=blocks)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tagstack.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["written"] = _written
    return environment.get_template("page.html.j2")


def _written(cell: Cell) -> str:
    match cell:
        case Mark() | Number() | Named() | Meter():
            return cell.text
        case Strip():
            return ""
        case bool():
            return "yes" if cell else "no"
        case int():
            return whole(cell)
        case float() | None:
            return decimal(cell)
        case _:
            return cell
