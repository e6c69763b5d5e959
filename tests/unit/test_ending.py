"""A process that ends at once: its objects are left as they are, after all exit handlers."""

import subprocess
import sys

import pytest

from tagstack.paths import PROJECT

ASKED = "import atexit, gc; atexit.register(lambda: print('frozen', gc.get_freeze_count() > 0)); "
LATER = "; atexit.register(lambda: print('before', gc.get_freeze_count() > 0))"


def said(program):
    return subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.splitlines()


def test_everything_is_frozen_after_the_handlers_that_were_registered_later():
    assert said(f"{ASKED}from tagstack.ending import end_at_once; end_at_once(){LATER}") == [
        "before False", "frozen True"
    ]  # fmt: skip


def test_nothing_is_frozen_in_a_process_that_does_not_ask_for_it():
    assert said(f"{ASKED}import tagstack.ending{LATER}") == ["before False", "frozen False"]


@pytest.mark.parametrize("what", ["import steps", "import run; run.cli(['--set', 'labels.size=0'])"])
def test_steps_and_commands_ask_for_it(what):
    assert said(f"{ASKED}{what}")[-1] == "frozen True"
