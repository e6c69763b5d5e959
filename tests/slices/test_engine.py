"""The engine with a trained model and the real encoder: the Suggester's answers, under load, over swaps."""

import asyncio
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from tagstack.config import SampleSettings, ServiceSettings
from tagstack.errors import ServiceError
from tagstack.questions.generator.posts import generate
from tagstack.questions.schema import QUESTION
from tagstack.serving.engine import Engine, Question
from tagstack.serving.served import Served, make_served

HOSTILE = [
    Question("", ""),
    Question("\0 \ud83d", "<p>\udcff</p>"),
    Question("a" * 100_000, "<p>" + "b " * 50_000),
    Question("nested", "<div>" * 20_000),
    Question("entities", "&" * 30_000 + "<" * 30_000),
    Question("<title>", "<pre>" * 4_000 + "x"),
    Question("Ж" * 3_000, "<p>配列のサイズ 🙂</p>" * 300),
]


@pytest.fixture(scope="module")
def served(first_run):
    from stacks.versions import find_version, load_tag_model

    return make_served(1, load_tag_model(find_version("tagstack", "1")))


@pytest.fixture(scope="module")
def questions():
    rows = [post.row for post in islice(generate(SampleSettings()), 400)]
    return [Question(row["Title"], row["Body"]) for row in rows if row["PostTypeId"] == QUESTION and row["Title"]][:120]


def answers(served, requests, *, meanwhile=None, **settings):
    """Ask all requests at once."""

    async def main():
        engine = Engine(ServiceSettings(**settings))
        engine.serve(served)
        await engine.start()
        try:
            tasks = [asyncio.create_task(engine.suggest(request, top=10)) for request in requests]
            if meanwhile:
                await meanwhile(engine)
            return await asyncio.gather(*tasks)
        finally:
            await engine.stop()

    return asyncio.run(main())


def assert_same(found, expected):
    """Equal but for rounding, which depends on what else is in a batch, and what it makes of ties."""
    for one, wanted in zip(found, expected, strict=True):
        assert one.suggested == wanted.suggested
        assert one.scores == pytest.approx(wanted.scores, abs=2e-6)
        assert one.top == wanted.top or min(-np.diff(wanted.scores)) < 1e-5


def test_clients_at_the_same_time_get_what_the_suggester_says(served, questions):
    expected = served.suggester.suggest([one.title for one in questions], [one.body_html for one in questions])
    found = answers(served, [[one] for one in questions])
    assert_same([answer.suggestions[0] for answer in found], expected)


def test_one_large_request_gets_what_the_suggester_says(served, questions):
    expected = served.suggester.suggest([one.title for one in questions], [one.body_html for one in questions])
    [found] = answers(served, [questions])
    assert_same(found.suggestions, expected)


def test_hostile_questions_are_answered_and_hinder_no_others(served, questions):
    found = answers(served, [HOSTILE, *([one] for one in questions[:20])])
    expected = served.suggester.suggest([one.title for one in HOSTILE], [one.body_html for one in HOSTILE])
    assert_same(found[0].suggestions, expected)
    assert all(len(one.suggestions) == 1 for one in found[1:])


def test_a_swap_under_load_fails_no_request(served, questions):
    others = [Served(number, served.suggester) for number in range(2, 12)]

    async def swap(engine):
        for other in others:
            await asyncio.sleep(0.02)
            engine.serve(other)

    found = answers(served, [[one] for one in questions], meanwhile=swap)
    expected = served.suggester.suggest([one.title for one in questions], [one.body_html for one in questions])
    assert_same([answer.suggestions[0] for answer in found], expected)
    assert {answer.version for answer in found} <= {1, *(other.version for other in others)}


def test_the_trained_model_passes_its_own_golden_questions_and_a_changed_one_does_not(served):
    model = served.suggester.model
    assert len(model.card.golden) > 10
    changed = replace(model, thresholds=model.thresholds * 0.01)
    with pytest.raises(
        ServiceError, match=r"^Version 2 does not answer as it did .*golden question 1: no longer equally"
    ):
        make_served(2, changed, encoder=served.suggester.encoder)


@pytest.mark.real
def test_real_questions_get_what_the_suggester_says(served, real_data):
    import pandas as pd

    frame = pd.read_parquet(real_data / "so_general_2008_2018.parquet", columns=["Title", "Body"])
    frame = frame.sample(150, random_state=3)
    expected = served.suggester.suggest(frame["Title"].tolist(), frame["Body"].tolist())
    found = answers(served, [[Question(*row)] for row in frame.itertuples(index=False)])
    assert_same([answer.suggestions[0] for answer in found], expected)
