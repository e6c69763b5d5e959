"""How many may wait, and what becomes of those that no longer do."""

import asyncio
import contextlib

import pytest

from tagstack.serving.engine import Overloaded


def test_too_many_waiting_questions_are_refused_at_once(run, make_served, ask):
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


def test_one_request_is_always_accepted_however_large(run, make_served, ask):
    async def check(engine):
        return await ask(engine, *["java"] * 5)

    assert len(run(check, make_served()[0], max_waiting=2).suggestions) == 5


def test_a_cancelled_request_costs_nothing_more(run, make_served, ask, occupy, let_it_wait):
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
