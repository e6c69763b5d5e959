"""The engine: the Suggester's answers for many clients at once, whatever else happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading

import numpy as np
import pytest

from tagstack.config import ServiceSettings
from tagstack.encoder import Encoder
from tagstack.errors import ServiceError
from tagstack.serving.engine import Engine, NotReady, Overloaded, Question
from tagstack.serving.served import Served
from tagstack.suggestion import Suggester

WORDS = ("java", "python", "sql")


class Slow:
    """An encoder's module that waits at a gate before each call, and fails on texts with a certain word."""

    def __init__(self, module):
        self.module, self.calls = module, []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, texts):
        self.calls.append(list(texts))
        self.entered.set()
        assert self.gate.wait(10)
        if any("poison" in text for text in texts):
            raise MemoryError("secret question")
        return self.module(texts)

    @property
    def texts(self):
        return [text for call in self.calls for text in call]

    def close(self):
        self.gate.clear()
        self.entered.clear()

    async def working(self):
        """Wait until a batch is at the gate."""
        assert await asyncio.to_thread(self.entered.wait, 10)


@pytest.fixture
def make_served(make_model, make_encoder):
    """Return a model and its module: `served, module = make_served(version=2)`."""

    def make(version=1, words=WORDS, module=None):
        encoder = make_encoder(words)
        module = module or Slow(encoder._module())
        return Served(version, Suggester(make_model(words), Encoder(encoder.fingerprint, lambda: module, 16))), module

    return make


@pytest.fixture
def run():
    """Run a test's coroutine with a started engine: `run(check, served, max_waiting=2)`."""

    def call(check, *served, **settings):
        async def main():
            engine = Engine(ServiceSettings(**settings))
            for one in served:
                engine.serve(one)
            await engine.start()
            try:
                return await check(engine)
            finally:
                await engine.stop()

        return asyncio.run(asyncio.wait_for(main(), 30))

    return call


def question(text, title=""):
    return Question(title, f"<p>{text}</p>")


def ask(engine, *texts, top=3):
    """Ask one request; return its task."""
    return asyncio.create_task(engine.suggest([question(text) for text in texts], top=top))


async def occupy(engine, module):
    """Give both encoding threads something to wait for; return the two tasks."""
    module.close()
    tasks = []
    for text in ("one", "two"):
        module.entered.clear()
        tasks.append(ask(engine, text))
        await module.working()
    return tasks


async def let_it_wait(engine, *, texts):
    """Wait until so many texts are in the queue."""
    while engine.statistics().queue != texts:
        await asyncio.sleep(0.001)


def test_many_clients_get_what_the_suggester_says(run, make_served):
    served, _ = make_served()
    rng = random.Random(0)
    requests = [
        [question(" ".join(rng.choices((*WORDS, "x"), k=rng.randint(0, 9))), rng.choice(WORDS)) for _ in range(size)]
        for size in rng.choices((1, 1, 1, 2, 7), k=150)
    ]

    async def check(engine):
        return await asyncio.gather(*[engine.suggest(request, top=2) for request in requests])

    for request, answers in zip(requests, run(check, served), strict=True):
        expected = served.suggester.suggest([one.title for one in request], [one.body_html for one in request], top=2)
        assert (answers.version, answers.sha256) == (1, served.suggester.model.sha256)
        for found, wanted in zip(answers.suggestions, expected, strict=True):
            assert (found.suggested, found.top) == (wanted.suggested, wanted.top)
            assert found.scores == pytest.approx(wanted.scores, abs=1e-6)


def test_blank_questions_and_no_questions_are_answered_without_the_encoder(run, make_served):
    served, module = make_served()

    async def check(engine):
        return await engine.suggest([Question("", ""), question(" ")], top=1), await engine.suggest([], top=1)

    blank, none = run(check, served)
    assert [one.suggested for one in blank.suggestions] == [[], []]
    assert none.suggestions == []
    assert module.calls == []


def test_no_answers_before_a_model_is_served_and_none_after_the_end(run, make_served):
    async def check(engine):
        with pytest.raises(NotReady, match="no model yet"):
            await ask(engine, "java")
        assert engine.served is None
        engine.serve(make_served()[0])
        assert (await ask(engine, "java")).version == 1
        await engine.stop()
        with pytest.raises(NotReady):
            await ask(engine, "java")

    run(check)


def test_an_engine_that_was_never_started_answers_nothing_and_stops(make_served):
    async def check():
        engine = Engine(ServiceSettings())
        engine.serve(make_served()[0])
        with pytest.raises(NotReady):
            await engine.suggest([question("java")], top=1)
        await engine.stop()

    asyncio.run(check())


def test_a_repeated_text_is_encoded_once(run, make_served):
    served, module = make_served()

    async def check(engine):
        first = await engine.suggest([question("sql and java", "A title")], top=3)
        again = await engine.suggest([question("sql and java", "A title")], top=3)
        typed = await engine.suggest([question("sql and java", "A title about python")], top=3)
        return first, again, typed, engine.statistics()

    first, again, typed, counted = run(check, served)
    assert first == again != typed
    assert sorted(module.texts) == ["A title", "A title about python", "sql and java"]
    assert (counted.cache_hits, counted.cache_misses, counted.cached_vectors) == (3, 3, 3)
    assert (counted.batches, counted.texts_encoded, counted.characters_encoded) == (2, 3, 39)
    assert (counted.requests, counted.questions, counted.answered) == (3, 3, 3)
    assert counted.encoding_seconds > 0


def test_equal_texts_on_their_way_at_the_same_time_are_encoded_once(run, make_served):
    served, module = make_served()
    module.close()

    async def check(engine):
        before = ask(engine, "java sql")
        await module.working()
        tasks = [ask(engine, "java sql", "python") for _ in range(20)]
        while engine.statistics().cache_misses < 41:
            await asyncio.sleep(0.001)
        module.gate.set()
        return await before, await asyncio.gather(*tasks)

    before, found = run(check, served)
    assert sorted(module.texts) == ["java sql", "python"]
    assert {str(one.suggestions[0]) for one in found} == {str(before.suggestions[0])}


def test_the_cache_holds_no_more_than_the_settings_say(run, make_served):
    served, module = make_served()

    async def check(engine):
        for text in ("a", "b", "c", "d", "a"):
            await ask(engine, text)
        return engine.statistics().cached_vectors

    assert run(check, served, cached_vectors=2) == 2
    assert module.texts == ["a", "b", "c", "d", "a"]


def test_recent_vectors_survive_another_model_of_the_same_encoder(run, make_served):
    (first, module), (second, other) = make_served(1), make_served(2)

    async def check(engine):
        await ask(engine, "java")
        engine.serve(second)
        return await ask(engine, "java")

    assert run(check, first).version == 2
    assert (module.texts, other.texts) == (["java"], [])


def test_another_encoder_begins_without_vectors(run, make_served):
    first, second = make_served(1)[0], make_served(2, ("go", "java"))[0]

    async def check(engine):
        await ask(engine, "java")
        engine.serve(second)
        return await ask(engine, "java"), engine.statistics().cached_vectors

    answers, cached = run(check, first)
    assert (answers.suggestions[0].top, cached) == (["java", "go"], 1)


def test_requests_end_with_the_model_they_began_with(run, make_served):
    (first, module), (second, _) = make_served(1), make_served(2, ("java", "rust"))
    module.close()

    async def check(engine):
        old = ask(engine, "java", "sql")
        await module.working()
        engine.serve(second)
        new = await ask(engine, "java")
        module.gate.set()
        return await old, new

    old, new = run(check, first)
    assert (old.version, [one.top[0] for one in old.suggestions]) == (1, ["java", "sql"])
    assert (new.version, new.suggestions[0].top) == (2, ["java", "rust"])


def test_swapping_under_load_fails_no_request_and_mixes_no_models(run, make_served):
    models = {number: make_served(number, WORDS if number % 2 else ("java", "rust"))[0] for number in range(1, 9)}

    async def check(engine):
        tasks, rng = [], random.Random(1)
        for served in models.values():
            engine.serve(served)
            tasks += [ask(engine, *(f"java {rng.random()}" for _ in range(rng.randint(1, 4)))) for _ in range(20)]
            await asyncio.sleep(0.002)
        return await asyncio.gather(*tasks)

    found = run(check, models[1])
    assert len({answers.version for answers in found}) > 1
    for answers in found:
        served = models[answers.version]
        assert answers.sha256 == served.sha256
        assert all(set(one.top) == set(served.suggester.model.classes) for one in answers.suggestions)
        assert all(one.suggested == ["java"] for one in answers.suggestions)


def test_too_many_waiting_questions_are_refused_at_once(run, make_served):
    served, module = make_served()
    module.close()

    async def check(engine):
        accepted = [ask(engine, "java", "sql"), ask(engine, "python")]
        await module.working()
        with pytest.raises(Overloaded, match=r"^3 questions are waiting already; ask again in 1 s\.$") as caught:
            await ask(engine, "c")
        module.gate.set()
        await asyncio.gather(*accepted)
        assert (await ask(engine, "c")).version == 1
        return caught.value.retry_after, engine.statistics()

    retry_after, counted = run(check, served, max_waiting=3)
    assert retry_after == 1
    assert (counted.refused, counted.requests, counted.waiting) == (1, 3, 0)


def test_one_request_is_always_accepted_however_large(run, make_served):
    async def check(engine):
        return await ask(engine, *["java"] * 5)

    assert len(run(check, make_served()[0], max_waiting=2).suggestions) == 5


def test_a_cancelled_request_costs_nothing_more(run, make_served):
    served, module = make_served()

    async def check(engine):
        busy = await occupy(engine, module)
        gone = ask(engine, "three", "four")
        await let_it_wait(engine, texts=2)
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
        waiting = engine.statistics().waiting
        module.gate.set()
        await asyncio.gather(*busy)
        await ask(engine, "five")
        return waiting, engine.statistics()

    waiting, counted = run(check, served)
    assert waiting == 2
    assert module.texts == ["one", "two", "five"]
    assert (counted.cancelled, counted.answered, counted.waiting, counted.queue) == (1, 3, 0, 0)


def test_what_was_accepted_is_answered_before_the_end(run, make_served):
    served, module = make_served()
    module.close()

    async def check(engine):
        accepted = [ask(engine, f"java {number}") for number in range(50)]
        await module.working()
        ending = asyncio.create_task(engine.stop())
        await asyncio.sleep(0)
        with pytest.raises(NotReady):
            await ask(engine, "sql")
        assert not ending.done()
        module.gate.set()
        await ending
        return await asyncio.gather(*accepted)

    assert [answers.suggestions[0].suggested for answers in run(check, served)] == [["java"]] * 50


def test_what_cannot_be_answered_in_time_is_told_so(run, make_served):
    served, module = make_served()
    module.close()

    async def check(engine):
        accepted = [ask(engine, "java"), ask(engine, "sql", "python")]
        await module.working()
        threading.Timer(0.3, module.gate.set).start()  # an encoder cannot be interrupted
        await engine.stop()
        return await asyncio.gather(*accepted, return_exceptions=True)

    found = run(check, served, drain_seconds=0.05)
    assert [str(error) for error in found] == ["The service is about to end; ask again in a moment."] * 2
    assert all(isinstance(error, NotReady) for error in found)


def test_a_question_that_cannot_be_prepared_fails_alone_and_is_not_quoted(run, make_served, caplog):
    served, _ = make_served()

    async def check(engine):
        broken = engine.suggest([question("java"), Question("secret question", 5)], top=1)
        return await asyncio.gather(broken, *[ask(engine, "sql") for _ in range(5)], return_exceptions=True)

    with caplog.at_level(logging.INFO):
        error, *others = run(check, served)
    assert isinstance(error, ServiceError)
    assert str(error) == "A question of the request cannot be answered (TypeError); ask without it."
    assert [answers.suggestions[0].top for answers in others] == [["sql", "java", "python"]] * 5
    assert "secret question" not in caplog.text
    assert "A request failed: TypeError at" in caplog.text


def test_a_text_that_the_encoder_fails_on_fails_its_request_alone(run, make_served, caplog):
    served, module = make_served()

    async def check(engine):
        before = await occupy(engine, module)
        tasks = [ask(engine, "java"), ask(engine, "sql", "poison"), ask(engine, "python")]
        await let_it_wait(engine, texts=4)
        module.gate.set()
        await asyncio.gather(*before)
        return await asyncio.gather(*tasks, return_exceptions=True), engine.statistics()

    with caplog.at_level(logging.INFO):
        (first, error, last), counted = run(check, served)
    assert (first.suggestions[0].suggested, last.suggestions[0].suggested) == (["java"], ["python"])
    assert str(error) == "A text of the request cannot be encoded (see the service's log); ask without it."
    assert (counted.failed, counted.answered) == (1, 4)
    assert "Encoding 1 texts failed: MemoryError" in caplog.text
    assert "secret question" not in caplog.text


def test_the_event_loop_goes_on_while_questions_are_prepared_and_encoded(run, make_served):
    served, module = make_served()
    module.close()

    async def check(engine):
        waiting = ask(engine, "java")
        await module.working()
        turns = 0
        for _ in range(100):
            await asyncio.sleep(0)
            turns += 1
        assert not waiting.done()
        module.gate.set()
        await waiting
        return turns

    assert run(check, served) == 100


def test_several_threads_may_ask_one_engine(make_served):
    """Each thread has an event loop of its own; answers come back to the loop that asked."""
    served, _ = make_served()
    engine, found = Engine(ServiceSettings()), []
    engine.serve(served)
    asyncio.run(engine.start())
    threads = [
        threading.Thread(target=lambda n=n: found.append(asyncio.run(engine.suggest([question(f"java {n}")], top=1))))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    asyncio.run(engine.stop())
    assert [answers.suggestions[0].top for answers in found] == [["java"]] * 4


def test_matrix_products_have_their_threads_back_after_the_end(run, make_served):
    from threadpoolctl import threadpool_info

    def threads():
        return {one["filepath"]: one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

    async def check(engine):
        return threads()

    before = threads()
    assert set(run(check, make_served()[0]).values()) == {1}
    assert threads() == before


def test_vectors_are_those_of_the_encoder(run, make_served):
    served, _ = make_served()

    async def check(engine):
        await ask(engine, "java java sql")
        return engine._lane.recent

    from tagstack.serving.vectors import text_key

    [found] = run(check, served).find([text_key("java java sql")])
    assert np.array_equal(found, [2, 0, 1])
