"""What it answers is what the suggester says, for many clients and threads."""

import asyncio
import random
import threading

import pytest

from tagstack.config import ServiceSettings
from tagstack.serving.engine import Engine, Question

WORDS = ("java", "python", "sql")


def test_many_clients_get_what_the_suggester_says(run, make_served, question):
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


def test_blank_questions_and_no_questions_are_answered_without_the_encoder(run, make_served, question):
    served, module = make_served()

    async def check(engine):
        return await engine.suggest([Question("", ""), question(" ")], top=1), await engine.suggest([], top=1)

    blank, none = run(check, served)
    assert [one.suggested for one in blank.suggestions] == [[], []]
    assert none.suggestions == []
    assert module.calls == []


def test_several_threads_may_ask_one_engine(make_served, question):
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


def test_the_event_loop_goes_on_while_questions_are_prepared_and_encoded(run, make_served, ask):
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
