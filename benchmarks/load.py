"""A load generator that takes little of the machine it shares with the server: HTTP/1.1 over kept-alive connections.

`python benchmarks/load.py` reads one job a line from its standard input and answers each with one line. Requests are
built before a job begins; an answer is checked for its status and its length, and nothing else is done with it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop
from client import Connection, Outcome, ask, connect, note, request
from questions import Asked, read_asked


async def closed(outcome: Outcome, port: int, messages: Iterator[bytes], *, clients: int, seconds: float) -> None:
    """Let each client ask as soon as it has its answer."""
    connections = [await connect(port) for _ in range(clients)]
    start = time.perf_counter()
    await asyncio.gather(*(_client(outcome, one, messages, start + seconds) for one in connections))
    outcome.seconds = seconds


async def _client(outcome: Outcome, connection: Connection, messages: Iterator[bytes], end: float) -> None:
    done = asyncio.get_running_loop().create_future()

    def turn(status: int, answer: bytes) -> None:
        now = time.perf_counter()
        note(outcome, status, answer, now - begun[0], outcome.milliseconds)
        outcome.in_time += status == 200 and now <= end
        if now < end and status:
            begun[0] = now
            connection.send(next(messages), turn)
        else:
            connection.close()
            done.set_result(None)

    begun = [time.perf_counter()]
    connection.send(next(messages), turn)
    await done


class Open:
    """Requests at random moments (Poisson), whether or not earlier ones were answered.

    Latency counts from the moment a request was meant to be sent, so a server that stalls is not spared those that
    queue meanwhile. Every n-th answer is followed by feedback on it.
    """

    def __init__(self, outcome: Outcome, port: int, messages: Iterator[bytes], *, feedback_every: int) -> None:
        self._outcome, self._port, self._messages, self._every = outcome, port, messages, feedback_every
        self._idle: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = 0

    async def run(self, *, rate: float, seconds: float, seed: int) -> None:
        """Send for so long, then wait for what is left."""
        self._idle = [await connect(self._port) for _ in range(16)]
        random_moments, start, at = random.Random(seed), time.perf_counter(), 0.0
        while (at := at + random_moments.expovariate(rate)) < seconds:
            pause = start + at - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            self._outcome.late_milliseconds.append((time.perf_counter() - start - at) * 1000)
            self._begin(start + at)
        self._outcome.seconds = seconds
        self._outcome.in_time = len(self._outcome.milliseconds)
        while self._tasks:
            await asyncio.wait(self._tasks)
        for connection in self._idle:
            connection.close()

    def _begin(self, intended: float) -> None:
        self._sent += 1
        learn = bool(self._every) and self._sent % self._every == 0
        task = asyncio.get_running_loop().create_task(self._exchange(intended, next(self._messages), learn=learn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self, intended: float, message: bytes, *, learn: bool) -> None:
        status, answer = await self._send(message)
        note(self._outcome, status, answer, time.perf_counter() - intended, self._outcome.milliseconds)
        if learn and status == 200:
            [found] = json.loads(answer[answer.index(b"\r\n\r\n") :])["suggestions"]
            kept = [one["tag"] for one in found["suggested"][:5]]
            begun = time.perf_counter()
            status, answer = await self._send(
                request("/feedback", {"suggestion_id": found["suggestion_id"], "kept": kept})
            )
            note(self._outcome, status, answer, time.perf_counter() - begun, self._outcome.feedback_milliseconds)

    async def _send(self, message: bytes) -> tuple[int, bytes]:
        while self._idle and not self._idle[-1].usable:
            self._idle.pop()
        try:
            connection = self._idle.pop() if self._idle else await connect(self._port)
        except OSError:
            return 0, b""
        done: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        connection.send(message, lambda status, answer: done.set_result((status, answer)))
        found = await done
        if connection.usable:
            self._idle.append(connection)
        return found


async def paced(outcome: Outcome, port: int, messages: list[tuple[bool, bytes]], *, interval: float) -> None:
    """Ask one after the other with pauses; those that are marked are measured."""
    connection = await connect(port)
    for measured, message in messages:
        begun = time.perf_counter()
        done = asyncio.get_running_loop().create_future()
        connection.send(message, lambda status, answer, done=done: done.set_result((status, answer)))
        status, answer = await done
        note(outcome, status, answer, time.perf_counter() - begun, outcome.milliseconds if measured else [])
        await asyncio.sleep(interval)
    connection.close()


def typing(kind: str, asked: list[Asked], *, steps: int) -> list[tuple[bool, bytes]]:
    """Return drafts: `repeat` asks each again, `title` types the title's words, `body` types on the body's end."""
    found: list[tuple[bool, bytes]] = []
    for one in asked:
        found.append((False, ask("ours", one.title, one.body, draft=True)))
        found += [(True, ask("ours", *_typed(kind, one, step, steps), draft=True)) for step in range(steps)]
    return found


def _typed(kind: str, one: Asked, step: int, steps: int) -> tuple[str, str]:
    if kind == "title":
        return one.title[: max(4, len(one.title) * (step + 1) // (steps + 1))], one.body
    if kind == "body":
        return one.title, one.body + "<p>" + "and then it says that the value is not what I expected"[: 7 * (step + 1)]
    return one.title, one.body


class Jobs:
    """The questions, and what is done with them."""

    def __init__(self) -> None:
        self._asked = read_asked()[0]
        self._built: dict[str, list[bytes]] = {}
        self._next = 0

    def run(self, job: dict[str, Any]) -> Outcome:
        """Do one job."""
        outcome = Outcome()
        uvloop.run(self._run(outcome, job.pop("kind"), job.pop("port"), job))
        return outcome

    async def _run(self, outcome: Outcome, kind: str, port: int, job: dict[str, Any]) -> None:
        if kind == "closed":
            await closed(outcome, port, self._messages(job.pop("shape")), **job)
        elif kind == "open":
            every = job.pop("feedback_every", 0)
            await Open(outcome, port, self._messages("ours"), feedback_every=every).run(**job)
        else:
            chosen = [self._asked[self._advance()] for _ in range(job.pop("questions"))]
            await paced(outcome, port, typing(kind, chosen, steps=job.pop("steps")), **job)

    def _messages(self, shape: str) -> Iterator[bytes]:
        """Go on where the last job ended, so that a question comes again only after all others."""
        built = self._built.get(shape) or [ask(shape, one.title, one.body) for one in self._asked]
        self._built[shape] = built
        return iter(lambda: built[self._advance()], None)

    def _advance(self) -> int:
        self._next = (self._next + 1) % len(self._asked)
        return self._next


def main() -> None:
    """Do jobs until the input ends."""
    jobs = Jobs()
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        processor = time.process_time()
        outcome = jobs.run(json.loads(line))
        print(json.dumps({**vars(outcome), "cpu_seconds": time.process_time() - processor}), flush=True)


if __name__ == "__main__":
    main()
