"""Another model takes over between two requests."""

import asyncio
import random

WORDS = ("java", "python", "sql")


def test_requests_end_with_the_model_they_began_with(run, make_served, ask):
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


def test_swapping_under_load_fails_no_request_and_mixes_no_models(run, make_served, ask):
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
