"""Drawing surface of every picture: one look, deterministic SVG that can stand inside a page."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008), without the yellow, which is too pale on white.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PINK, SKY, BLACK, BROWN, GREY = "#CC79A7", "#56B4E9", "#222222", "#8C6D31", "#B4BDC7"
PALETTE: Final = (BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK, BROWN)
INK, SOFT, LINE = "#1B2430", "#566273", "#DFE4EA"

HALF: Final = (5.4, 3.7)
"""Inches of a picture that stands beside another one."""
WIDE: Final = (9.6, 3.4)
"""Inches of a picture that fills the page."""

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tagstack",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": "#9AA5B1",
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.linewidth": 0.8,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": "#9AA5B1",
    "ytick.color": "#9AA5B1",
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
ET.register_namespace("", _SVG[1:-1])
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def style() -> AbstractContextManager[None]:
    """Return the context in which a picture is drawn: the look of all of them."""
    return mpl.rc_context(_STYLE)


def panels(size: tuple[float, float], *, across: int = 1, heights: Sequence[float] = (1,)) -> tuple[Figure, list[Axes]]:
    """Return a figure of `size` inches and its axes, row by row; rows of relative `heights` share their x axis."""
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots(
        len(heights), across, squeeze=False, sharex="col" if len(heights) > 1 else False, height_ratios=heights
    )
    return figure, list(axes.flat)


def nothing(title: str, reason: str = "No data to draw.") -> str:
    """Return a small picture that says why there is no other."""
    with style():
        figure, (axes,) = panels((HALF[0], 1.1))
        axes.axis("off")
        axes.text(0.5, 0.5, reason, ha="center", va="center", color=SOFT)
        return to_svg(figure, title=title, description=reason)


def name_label(name: str, longest: int = 28) -> str:
    """Return a name that can stand in a picture: one line, printable, at most `longest` columns wide.

    >>> name_label("node.js"), name_label("a" * 40)[-3:], len(name_label("a" * 40)), name_label("a" + chr(0) + "b")
    ('node.js', 'aa…', 28, 'a�b')
    """
    shown = "".join(character if character.isprintable() else "\ufffd" for character in " ".join(name.split()))
    if columns(shown) <= longest:
        return shown
    while columns(shown) >= longest:
        shown = shown[:-1]
    return shown + "…"


def columns(text: str) -> int:
    """Return how many columns of a terminal a text fills: what is wide in East Asia and emoji count double.

    >>> columns("python"), columns("日本語")
    (6, 6)
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def name_legend(axes: Axes, names: Iterable[str], handles: Sequence[Any], **place: Any) -> None:  # noqa: ANN401
    """Put a legend of `handles` under `names` at a place as in `Axes.legend`."""
    shown = [name_label(name, 24) for name in names]
    # A legend drops names that begin with an underscore, so they are written once it stands.
    legend = axes.legend(list(handles), ["name"] * len(shown), **place)
    for text, name in zip(legend.get_texts(), shown, strict=True):
        text.set_text(name)


def to_svg(figure: Figure, *, title: str, description: str) -> str:
    """Render a figure as an inline `<svg>` element that scales with the page.

    The same figure gives the same text. Identifiers are unique to the picture, so that several stand in one page. Text
    stays text in the reader's own fonts, which know more writing systems than matplotlib's.

    Args:
        figure: What to draw; made within `style()`.
        title: Short accessible name.
        description: What a person who cannot see the picture should know.
    """
    root = ET.fromstring(_draw(figure))  # noqa: S314 - our own drawing
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    width = float(root.get("viewBox", "0 0 1 1").split()[2]) * 4 / 3
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("style", f"width:100%;max-width:{width:.0f}px;min-width:{0.62 * width:.0f}px")
    _describe(root, title, description)
    _make_identifiers_unique(root)
    return ET.tostring(root, encoding="unicode").replace("'DejaVu Sans'", _FONTS)


def _draw(figure: Figure) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        # Only the measure of such a character is a guess; the reader's fonts draw it.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return target.getvalue()


def _make_identifiers_unique(root: ET.Element) -> None:
    prefix = f"p{hashlib.sha256(ET.tostring(root)).hexdigest()[:8]}"
    links = {element.get(_XLINK, "") for element in root.iter()}
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if f"#{name}" in links or element.tag in (f"{_SVG}clipPath", f"{_SVG}pattern"):
            element.set("id", f"{prefix}-{name}")
        for attribute, value in element.attrib.items():
            if "url(#" in value:
                element.set(attribute, value.replace("url(#", f"url(#{prefix}-"))
            elif attribute == _XLINK and value.startswith("#"):
                element.set(attribute, f"#{prefix}-{value[1:]}")


def _describe(root: ET.Element, title: str, description: str) -> None:
    for at, (tag, text) in enumerate([("title", title), ("desc", description)]):
        element = ET.Element(f"{_SVG}{tag}")
        element.text = name_label(text, 500)
        root.insert(at, element)
    root.set("role", "img")
    root.set("aria-label", name_label(f"{title}: {description}", 600))
