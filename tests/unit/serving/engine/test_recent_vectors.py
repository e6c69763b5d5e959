"""A text that came lately, or is on its way, is not encoded again."""

import asyncio

import numpy as np

from tagstack.serving.vectors import text_key


def test_a_repeated_text_is_encoded_once(run, make_served, question):
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


def test_equal_texts_on_their_way_at_the_same_time_are_encoded_once(run, make_served, ask):
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


def test_the_cache_holds_no_more_than_the_settings_say(run, make_served, ask):
    served, module = make_served()

    async def check(engine):
        for text in ("a", "b", "c", "d", "a"):
            await ask(engine, text)
        return engine.statistics().cached_vectors

    assert run(check, served, cached_vectors=2) == 2
    assert module.texts == ["a", "b", "c", "d", "a"]


def test_recent_vectors_survive_another_model_of_the_same_encoder(run, make_served, ask):
    (first, module), (second, other) = make_served(1), make_served(2)

    async def check(engine):
        await ask(engine, "java")
        engine.serve(second)
        return await ask(engine, "java")

    assert run(check, first).version == 2
    assert (module.texts, other.texts) == (["java"], [])


def test_another_encoder_begins_without_vectors(run, make_served, ask):
    first, second = make_served(1)[0], make_served(2, ("go", "java"))[0]

    async def check(engine):
        await ask(engine, "java")
        engine.serve(second)
        return await ask(engine, "java"), engine.statistics().cached_vectors

    answers, cached = run(check, first)
    assert (answers.suggestions[0].top, cached) == (["java", "go"], 1)


def test_vectors_are_those_of_the_encoder(run, make_served, ask):
    served, _ = make_served()

    async def check(engine):
        await ask(engine, "java java sql")
        return engine._lane.recent

    [found] = run(check, served).find([text_key("java java sql")])
    assert np.array_equal(found, [2, 0, 1])
