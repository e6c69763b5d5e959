"""It answers from its first model to its end, and then what it had accepted."""

import asyncio
import threading

import pytest

from tagstack.config import ServiceSettings
from tagstack.serving.engine import Engine, NotReady


def test_no_answers_before_a_model_is_served_and_none_after_the_end(run, make_served, ask):
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


def test_an_engine_that_was_never_started_answers_nothing_and_stops(make_served, question):
    async def check():
        engine = Engine(ServiceSettings())
        engine.serve(make_served()[0])
        with pytest.raises(NotReady):
            await engine.suggest([question("java")], top=1)
        await engine.stop()

    asyncio.run(check())


def test_what_was_accepted_is_answered_before_the_end(run, make_served, ask):
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


def test_what_cannot_be_answered_in_time_is_told_so(run, make_served, ask):
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


def test_matrix_products_have_their_threads_back_after_the_end(run, make_served):
    from threadpoolctl import threadpool_info

    def threads():
        return {one["filepath"]: one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

    async def check(engine):
        return threads()

    before = threads()
    assert set(run(check, make_served()[0]).values()) == {1}
    assert threads() == before
