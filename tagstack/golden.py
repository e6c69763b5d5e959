"""Golden questions: asked when a model is trained, kept with it, and asked again wherever it is deployed.

They are generated or made up, never someone's own words, and reach the corners of the text recipe.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tagstack.model.card import FORMATS, GoldenCase
from tagstack.model.tagmodel import TagModel
from tagstack.questions.generator.prose import write_question
from tagstack.questions.generator.topics import load_topics
from tagstack.suggestion import Suggester, Suggestion, make_suggester

__all__ = ["GoldenCase", "find_differences", "with_golden"]

TOLERANCE = 1e-3
"""How far a score may be off: other processors and batch sizes round otherwise."""
RANKED = 10
"""Ranked tags of a case."""
_WRITTEN = 12
_SEED = 20240229
_MADE_UP = (
    ("How do I group the rows of a DataFrame by month?", ""),
    ("", "<p>The same query takes a second in MySQL and a minute in SQLite.</p>\n<p>Is an index missing?</p>"),
    ("", "<pre><code>for i in range(10):\n    print(i)\n</code></pre>"),
    (
        "Größe einer Liste in C++ ändern – 配列のサイズ, размер 🙂",
        "<p>Die Größe eines <code>std::vector</code>; naïve façade, e\u0301, \ufb01. 配列の要素を削除するには？</p>",
    ),
    (
        "List&lt;T&gt; &amp; Dictionary&lt;K, V&gt; in C#",
        "<p>Is <b>a &lt; b</b> &amp;&amp; c&nbsp;not &quot;ordered&quot;&#33; &#x1F600; &unknown; ann@example.org</p>",
    ),
)
"""Title only, body only, code only, other scripts, entities and personal data."""


def with_golden(model: TagModel) -> TagModel:
    """Return the model with its own answers to the golden questions on its card, which makes it another SHA-256.

    Raises:
        EncoderError: The model's encoder cannot be loaded.
        FingerprintError: It is not the one that the model was trained with.
    """
    cases = answer(make_suggester(model), tuple(golden_questions()))
    return replace(model, card=model.card.model_copy(update={"format": FORMATS[-1], "golden": cases}))


def golden_questions() -> Iterator[tuple[str, str]]:
    """Yield titles and HTML bodies, always the same: of many topics, short, long and very long, and odd ones."""
    rng, topics = random.Random(_SEED), list(load_topics().values())
    written = []
    for number, topic in enumerate(topics[:: len(topics) // _WRITTEN][:_WRITTEN]):
        written.append(write_question(topic, topic.tags, rng, short=number % 3 == 2))
    yield from ((text.title, text.body) for text in written)
    yield from _MADE_UP
    yield written[0].title, "".join(text.body for text in written) * 8


def answer(suggester: Suggester, questions: Sequence[tuple[str, str]]) -> tuple[GoldenCase, ...]:
    """Ask a model, and keep what it answers."""
    model = suggester.model
    titles, bodies = zip(*questions, strict=True)
    thresholds = dict(zip(model.classes, model.thresholds.tolist(), strict=True))
    found = suggester.suggest(titles, bodies, top=len(model.classes))
    return tuple(_case(*asked, said, thresholds) for asked, said in zip(questions, found, strict=True))


def _case(title: str, body: str, found: Suggestion, thresholds: dict[str, float]) -> GoldenCase:
    scored = zip(found.top, found.scores, strict=True)
    return GoldenCase(
        title=title,
        body=body,
        suggested=tuple(found.suggested),
        top=tuple(found.top[:RANKED]),
        scores=tuple(found.scores[:RANKED]),
        close=tuple(tag for tag, score in scored if abs(score - thresholds[tag]) <= TOLERANCE),
    )


def find_differences(cases: Sequence[GoldenCase], suggestions: Sequence[Suggestion]) -> list[str]:
    """Return what a model answers otherwise than when it was trained, a line each; empty where it is the same model.

    Scores may differ by 0.001, tags closer than that may change places, and tags closer than that to their threshold
    may be suggested or not.

    Args:
        cases: Those of the model's card.
        suggestions: The answers now, in the same order, each with as many ranked tags as its case or more.
    """
    if len(cases) != len(suggestions):
        return [f"{len(suggestions)} answers to {len(cases)} golden questions"]
    pairs = enumerate(zip(cases, suggestions, strict=True), start=1)
    return [f"golden question {number}: {line}" for number, pair in pairs for line in _compare(*pair)]


def _compare(case: GoldenCase, found: Suggestion) -> Iterator[str]:
    ranked = list(zip(found.top, found.scores, strict=True))[: len(case.top)]
    if len(ranked) < len(case.top):
        yield f"{len(ranked)} ranked tags instead of {len(case.top)}"
        return
    known = dict(zip(case.top, case.scores, strict=True))
    for (tag, score), wanted, at_rank in zip(ranked, case.top, case.scores, strict=True):
        # A tag that was not among the first may only have come up to the last of them.
        if not _equal(score, at_rank) or not _equal(score, known.get(tag, case.scores[-1])):
            yield f"{tag} {score:.3f} instead of {wanted} {at_rank:.3f}"
    if changed := sorted(({*case.suggested} ^ {*found.suggested}) - {*case.close}):
        yield f"no longer equally suggested: {', '.join(changed)}"


def _equal(score: float, expected: float) -> bool:
    return abs(score - expected) <= TOLERANCE
