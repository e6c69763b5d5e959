"""Asking a process: answers come back, errors are raised with what it said, and one that died is replaced."""

import subprocess
import sys

import pytest

from lab.answers import Answerer, answerer

PROGRAM = """
import json, sys
for line in sys.stdin:
    question, arguments = json.loads(line)
    if question == "die":
        sys.exit("some reason")
    told = {"error": "no such thing"} if question == "fail" else {"answer": [question, *arguments]}
    print(json.dumps(told), flush=True)
"""


@pytest.fixture
def ask(tmp_path):
    """Ask the one process of a folder; those that were started are in `ask.started`."""
    started = []

    def start():
        log = tmp_path / "asked.log"
        with log.open("w") as err:
            command = [sys.executable, "-c", PROGRAM]
            pipe = subprocess.PIPE
            started.append(subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=err))
        return Answerer(started[-1], log)

    def ask(question, *arguments):
        return answerer(tmp_path, start).ask(question, arguments)

    ask.started = started
    yield ask
    for process in started:
        process.communicate()


def test_one_process_answers_what_is_asked_of_it(ask):
    assert ask("run", "training", {"a": 1}) == ["run", "training", {"a": 1}]
    assert ask("stack", "local") == ["stack", "local"]
    assert len(ask.started) == 1


def test_an_error_is_raised_and_the_next_question_answered(ask):
    with pytest.raises(RuntimeError, match="fail: no such thing"):
        ask("fail")
    assert ask("run") == ["run"]
    assert len(ask.started) == 1


def test_one_that_dies_says_why_and_is_replaced(ask):
    with pytest.raises(RuntimeError, match="die: some reason"):
        ask("die")
    ask.started[0].wait()
    assert ask("run") == ["run"]
    assert len(ask.started) == 2
