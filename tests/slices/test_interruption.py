"""Ctrl-C in a real process: it ends at once, and the next run goes on from what was encoded."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tagstack.encoder.segment import read_segment
from tagstack.storage import LocalFileSystem

PATIENCE = 15
"""Seconds from Ctrl-C to the end of the process on a busy machine; about two where it is idle."""
QUESTIONS = ("--until", "2024-09-01")
"""More texts than one segment of the cache holds."""


class Run:
    """`python run.py --pipeline training` with a store of its own."""

    def __init__(self, project, environment):
        command = [sys.executable, "run.py", "--pipeline", "training", *QUESTIONS]
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=project, env=environment, **streams)
        self.said = []
        self._reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self._reader.start()

    def wait_for(self, condition, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def interrupt(self):
        """Press Ctrl-C; return the exit code and how long it took to come."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self._reader.join()
        self.process.stderr.close()
        return code, time.monotonic() - started

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture
def start(project, tmp_path, first_run, home):
    """Start runs on an empty store; the sample and the encoder are there already."""
    shutil.copytree(home, tmp_path / "home")
    environment = os.environ | {"ZENML_CONFIG_PATH": str(tmp_path / "zenml"), "TAGSTACK_HOME": str(tmp_path / "home")}
    environment.pop("ZENML_ACTIVE_STACK_ID", None)
    runs = []

    def begin():
        runs.append(Run(project, environment))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@pytest.mark.slow
def test_ctrl_c_ends_the_run_quickly_and_the_next_one_goes_on_from_there(start, tmp_path):
    def segments():
        return sorted(tmp_path.glob("zenml/local_stores/*/tagstack/vectors/*/*.vectors"))

    first = start()
    first.wait_for(segments)
    code, seconds = first.interrupt()
    assert first.said[-1] == "Interrupted. What is finished is kept; the same command goes on from there.\n"
    assert code == 130
    assert seconds < PATIENCE
    assert "Traceback" not in "".join(first.said)
    kept = segments()
    texts = sum(read_segment(LocalFileSystem(), str(file)).rows for file in kept)
    assert texts > 1000

    second = start()
    second.wait_for(lambda: any(line.startswith("Embedded: ") for line in second.said))
    second.close()
    assert set(kept) < set(segments())
    keys = np.concatenate([read_segment(LocalFileSystem(), str(file)).keys for file in segments()])
    assert len(np.unique(keys, axis=0)) == len(keys) > texts
    assert "Finished" not in "".join(second.said)
