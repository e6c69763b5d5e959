"""An engine with an encoder that waits where a test wants it to."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tagstack.config import ServiceSettings
from tagstack.encoder import Encoder
from tagstack.serving.engine import Engine, Question
from tagstack.serving.served import Served
from tagstack.suggestion import Suggester


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

    def make(version=1, words=("java", "python", "sql"), module=None):
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


@pytest.fixture
def question():
    """Make a question: `question("words", "A title")`."""
    return _question


@pytest.fixture
def ask():
    """Ask one request and return its task: `ask(engine, "one question", "another")`."""
    return _ask


@pytest.fixture
def occupy():
    """Give both encoding threads something to wait for: `await occupy(engine, module)` returns the two tasks."""
    return _occupy


@pytest.fixture
def let_it_wait():
    """Wait until so many texts are in the queue: `await let_it_wait(engine, texts=2)`."""
    return _let_it_wait


def _question(text, title=""):
    return Question(title, f"<p>{text}</p>")


def _ask(engine, *texts, top=3):
    return asyncio.create_task(engine.suggest([_question(text) for text in texts], top=top))


async def _occupy(engine, module):
    module.close()
    tasks = []
    for text in ("one", "two"):
        module.entered.clear()
        tasks.append(_ask(engine, text))
        await module.working()
    return tasks


async def _let_it_wait(engine, *, texts):
    while engine.statistics().queue != texts:
        await asyncio.sleep(0.001)
