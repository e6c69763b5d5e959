"""What the benchmark of drift found, as text for RESULTS.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, median

from drift_streams import MEANS, STRENGTHS
from drift_trials import REFERENCE, Outcome
from results import markdown_table
from scipy.stats import binomtest

STATED: dict[str, float] = {"covariate": 8.0, "prior": 4.0, "concept": 1.0, "vocabulary": 0.02}
STATED_WINDOW = 2000
"""The shifts and the window that the goals speak of."""
FAMILIES = ("descriptors", "embeddings", "predicted_tags", "true_tags", "concept", "vocabulary")
CLASSES = ("none", *STATED)

Outcomes = Sequence[Outcome]


def report(outcomes: Outcomes, peers: str, *, minutes: float) -> str:
    """Return Markdown: how it was measured, goals, false alarms, power, confusion, estimates, Evidently, JSON."""
    parts = [
        _introduction(outcomes, minutes),
        _goals(outcomes),
        _false_alarms(outcomes),
        _power(outcomes),
        _confusion(outcomes),
        _estimates(outcomes),
        peers,
        f"```json\n{json.dumps(_numbers(outcomes))}\n```",
    ]
    return "\n\n".join(parts)


def share(outcomes: Outcomes, holds: Callable[[Outcome], bool]) -> tuple[float, float, float, int]:
    """Return the share of outcomes for which something holds, its 95% interval (Wilson, 1927) and their number."""
    found = sum(map(holds, outcomes))
    if not outcomes:
        return float("nan"), 0.0, 1.0, 0
    low, high = binomtest(found, len(outcomes)).proportion_ci(method="wilson")
    return found / len(outcomes), float(low), float(high), len(outcomes)


def cell(outcomes: Outcomes, kind: str, strength: float = 0.0, window: int = STATED_WINDOW) -> list[Outcome]:
    """Return the outcomes of one kind, strength and window, with the model's own calibration."""
    wanted = (kind, strength, window, 1.0)
    return [
        one
        for one in outcomes
        if (one.trial.kind, one.trial.strength, one.trial.window, one.trial.calibration) == wanted
    ]


def right(outcome: Outcome) -> bool:
    """Say whether the diagnosis is exactly what was planted."""
    return outcome.kinds == (() if outcome.trial.kind == "none" else (outcome.trial.kind,))


def finds(outcome: Outcome) -> bool:
    """Say whether what was planted is in the diagnosis."""
    return outcome.trial.kind in outcome.kinds


def _introduction(outcomes: Outcomes, minutes: float) -> str:
    seconds = median(one.seconds for one in outcomes if one.trial.window == STATED_WINDOW)
    planted = "; ".join(f"*{kind}*: {text} {', '.join(map(str, STRENGTHS[kind]))}" for kind, text in MEANS.items())
    return (
        f"{len(outcomes)} streams of real questions, each {REFERENCE:,} of reference and 500, 1,000 or 2,000 of window "
        f"drawn without overlap from those that the model was not trained on. Planted: {planted}. The stated shift is "
        f"{', '.join(f'{kind} {strength:g}' for kind, strength in STATED.items())} with {STATED_WINDOW:,} questions. "
        f"All tests of such a stream took {seconds:.1f} s of one processor (median), the whole run {minutes:.0f} "
        "minutes. In brackets: 95% intervals."
    )


def _goals(outcomes: Outcomes) -> str:
    none = cell(outcomes, "none")
    rows = [
        ["false alarms of the diagnosis", "<= 5%", _percent(share(none, lambda one: bool(one.kinds)))],
        *[
            [f"power: {kind} {strength:g} is found", ">= 90%", _percent(share(cell(outcomes, kind, strength), finds))]
            for kind, strength in STATED.items()
        ],
        ["diagnosis exactly right, mean of the five rows", ">= 90%", f"{_accuracy(outcomes):.0%}"],
    ]
    return markdown_table(["goal", "wanted", "found"], rows)


def _accuracy(outcomes: Outcomes) -> float:
    rows = [share(cell(outcomes, kind, STATED.get(kind, 0.0)), right)[0] for kind in CLASSES]
    return fmean(rows)


def _false_alarms(outcomes: Outcomes) -> str:
    streams = {f"none, {window:,}": cell(outcomes, "none", window=window) for window in (500, 1000, STATED_WINDOW)}
    rows = [
        [
            name,
            len(own),
            *(_percent(share(own, lambda one, wanted=family: wanted in one.families)) for family in FAMILIES),
            _percent(share(own, lambda one: bool(one.kinds))),
        ]
        for name, own in streams.items()
    ]
    bursts = [one for one in outcomes if one.trial.kind == "bursts"]
    wrong = [one for one in outcomes if one.trial.calibration != 1.0]
    harder = [
        [name, len(own), *(_percent(share(own, lambda one, wanted=test: wanted in one.tests)) for test in _BY_TAGS)]
        for name, own in (
            ("none, but days on which all ask nearly the same", bursts),
            ("covariate drift, log odds off by a factor of 2", wrong),
        )
    ]
    return (
        "False alarms of each family of tests, each at 5%, and of the diagnosis:\n\n"
        f"{markdown_table(['stream', 'streams', *FAMILIES, 'diagnosis'], rows)}\n\n"
        "What must find nothing in harder streams:\n\n"
        f"{markdown_table(['stream', 'streams', *_BY_TAGS], harder)}"
    )


_BY_TAGS = ("meaning of tags", "odds of tags at equal questions", "tags outside the model")


def _power(outcomes: Outcomes) -> str:
    rows = [
        [
            kind,
            f"{strength:g}",
            *(_percent(share(cell(outcomes, kind, strength, window), finds)) for window in _WINDOWS),
        ]
        for kind, strengths in STRENGTHS.items()
        for strength in strengths
    ]
    header = ["planted", "strength", *(f"{window:,} questions" for window in _WINDOWS)]
    return f"How often the diagnosis names what was planted:\n\n{markdown_table(header, rows)}"


_WINDOWS = (500, 1000, STATED_WINDOW)


def _confusion(outcomes: Outcomes) -> str:
    counted = {
        kind: Counter(" + ".join(one.kinds) or "none" for one in cell(outcomes, kind, STATED.get(kind, 0.0)))
        for kind in CLASSES
    }
    others = sorted({name for found in counted.values() for name in found} - set(CLASSES))
    rows = [
        [
            kind,
            *(found[name] or "" for name in (*CLASSES, *others)),
            _percent(share(cell(outcomes, kind, STATED.get(kind, 0.0)), right)),
        ]
        for kind, found in counted.items()
    ]
    header = ["planted", *CLASSES, *others, "exactly right"]
    return f"The diagnosis at the stated shift and window:\n\n{markdown_table(header, rows)}"


def _estimates(outcomes: Outcomes) -> str:
    rows = []
    for kind in ("none", "covariate"):
        own = [one for one in outcomes if one.trial.kind == kind and one.metrics]
        for name in own[0].metrics if own else ():
            pairs = [one.metrics[name] for one in own]
            inside = sum(low <= realised <= high + 1e-9 for _, low, high, realised in pairs)
            errors = [estimated - realised for estimated, _, _, realised in pairs]
            rows.append(
                [
                    kind,
                    name,
                    len(pairs),
                    f"{fmean(errors):+.4f}",
                    f"{fmean(map(abs, errors)):.4f}",
                    f"{inside / len(pairs):.0%}",
                ]
            )
    header = ["stream", "metric", "windows", "mean error", "mean distance", "realised within the 95% interval"]
    return f"Metrics estimated without labels against what came true:\n\n{markdown_table(header, rows)}"


def _numbers(outcomes: Outcomes) -> dict[str, object]:
    none = cell(outcomes, "none")
    return {
        "streams": len(outcomes),
        "false_alarms": round(share(none, lambda one: bool(one.kinds))[0], 4),
        "power": {kind: round(share(cell(outcomes, kind, at), finds)[0], 4) for kind, at in STATED.items()},
        "right": round(_accuracy(outcomes), 4),
    }


def _percent(found: tuple[float, float, float, int]) -> str:
    value, low, high, count = found
    return f"{value:.0%} ({low:.0%} to {high:.0%})" if count else ""
