"""Small pictures for the rows of a table, all of one width, so that they are read down the column as one chart."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape

from tagstack.report.canvas import BLUE, INK, LINE, ORANGE, RED, SOFT, name_label

_WIDTH, _HEIGHT, _EDGE = 208, 22, 8
_MIDDLE = _HEIGHT / 2
_BAND = "#D3DAE2"


def forest_strip(value: float, low: float, high: float, *, threshold: float, drifted: bool | None, spoken: str) -> str:
    """Draw one test: the range where nothing changed as a band, the threshold as a line, the value as a mark.

    A diamond is drift, a disc is none, so that the colour is not needed.

    Args:
        value: Place of the statistic between 0 and 1.
        low: Place of the band's beginning.
        high: Place of its end.
        threshold: Place of the threshold.
        drifted: The verdict.
        spoken: What the strip shows, in words.
    """
    at = _across(value)
    mark = _diamond(at) if drifted else _disc(at, BLUE)
    return _strip([_axis(), _band(low, high), _line(threshold), mark], spoken)


def change_strip(before: float, after: float, *, spoken: str) -> str:
    """Draw one change: a ring where it was, a disc where it is, both between 0 and 1."""
    start, end = _across(before), _across(after)
    color = ORANGE if after > before else BLUE
    way = f'<path d="M{start:.1f} {_MIDDLE}H{end:.1f}" stroke="{color}" stroke-width="2.5"/>'
    ring = f'<circle cx="{start:.1f}" cy="{_MIDDLE}" r="4" fill="#fff" stroke="{SOFT}" stroke-width="1.6"/>'
    return _strip([_axis(), way, ring, _disc(end, color)], spoken)


def interval_strip(value: float, low: float, high: float, *, spoken: str) -> str:
    """Draw a share and its interval, all between 0 and 1."""
    start, end = _across(low), _across(high)
    line = f"M{start:.1f} {_MIDDLE}H{end:.1f}M{start:.1f} {_MIDDLE - 4}v8M{end:.1f} {_MIDDLE - 4}v8"
    whisker = f'<path d="{line}" stroke="{INK}" stroke-width="1.3"/>'
    return _strip([_axis(), whisker, _disc(_across(value), BLUE, radius=2.8)], spoken)


def _strip(parts: Sequence[str], spoken: str) -> str:
    words = escape(name_label(spoken, 300))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="xMinYMid" '
    head += f'role="img" aria-label="{words}">'
    return f"{head}<title>{words}</title>{''.join(parts)}</svg>"


def _across(share: float) -> float:
    return _EDGE + (_WIDTH - 2 * _EDGE) * min(1.0, max(0.0, share))


def _axis() -> str:
    return f'<path d="M{_EDGE} {_MIDDLE}H{_WIDTH - _EDGE}" stroke="{LINE}" stroke-width="1"/>'


def _band(low: float, high: float) -> str:
    start, end = sorted((_across(low), _across(high)))
    return f'<rect x="{start:.1f}" y="{_MIDDLE - 5}" width="{max(2.0, end - start):.1f}" height="10" fill="{_BAND}"/>'


def _line(threshold: float) -> str:
    return (
        f'<path d="M{_across(threshold):.1f} 0V{_HEIGHT}" stroke="{SOFT}" stroke-width="1.4" stroke-dasharray="3 2"/>'
    )


def _disc(at: float, color: str, *, radius: float = 4.6) -> str:
    return f'<circle cx="{at:.1f}" cy="{_MIDDLE}" r="{radius}" fill="{color}"/>'


def _diamond(at: float) -> str:
    return f'<path d="M{at - 6.2:.1f} {_MIDDLE}l6.2 -6.2l6.2 6.2l-6.2 6.2z" fill="{RED}"/>'
