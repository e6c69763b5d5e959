"""A question or text that cannot be answered fails alone, and is not quoted."""

import asyncio
import logging

from tagstack.errors import ServiceError
from tagstack.serving.engine import Question


def test_a_question_that_cannot_be_prepared_fails_alone_and_is_not_quoted(run, make_served, caplog, question, ask):
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


def test_a_text_that_the_encoder_fails_on_fails_its_request_alone(run, make_served, caplog, ask, occupy, let_it_wait):
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
