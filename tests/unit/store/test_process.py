"""Which process works on a promotion: names that two containers share do not make them one."""

import os
import shutil
import socket
import subprocess
import sys

import psutil
import pytest

from tagstack.store import process
from tagstack.store.ledger import find_open
from tagstack.store.process import lives, place, this_process
from tagstack.store.promotion import is_abandoned

CONTAINER = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
WORK = """
import sys
from tagstack.store.database import open_store
from tagstack.store.ledger import begin
what = dict(model_name="tagstack", kind="promotion", who="ann", from_version=1, to_version=2, reason="")
print(begin(open_store(sys.argv[1]), **what).pid, flush=True)
sys.stdin.read()
"""


def test_this_process_lives_and_another_of_its_number_does_not():
    me = this_process()
    assert (me["host"], me["pid"]) == (place(), os.getpid())
    assert lives(me["pid"], started=me["process_started"])
    assert not lives(me["pid"], started=me["process_started"] - 60)
    assert not lives(max(psutil.pids()) + 100_000, started=me["process_started"])


def test_a_place_begins_with_the_name_of_the_machine_and_stays_the_same():
    other = [sys.executable, "-c", "from tagstack.store.process import place; print(place())"]
    assert subprocess.run(other, capture_output=True, text=True, check=True).stdout.strip() == place()
    assert place().split("/")[0] == socket.gethostname()


def test_a_machine_that_tells_no_more_has_its_name(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "_BOOT_ID", tmp_path / "absent")
    assert place() == socket.gethostname()


def test_a_machine_that_was_started_again_is_another_place(monkeypatch, tmp_path):
    before, boot = place(), tmp_path / "boot_id"
    boot.write_text("another\n")
    monkeypatch.setattr(process, "_BOOT_ID", boot)
    assert place() != before


def can_contain():
    run = shutil.which("unshare") and subprocess.run([*CONTAINER, "true"], capture_output=True, check=False)
    return bool(run) and run.returncode == 0


def test_work_of_a_living_process_of_another_container_is_not_abandoned(lite):
    if not can_contain():
        pytest.skip("this machine makes no container without rights")
    command = [*CONTAINER, sys.executable, "-c", WORK, lite.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as container:
        assert container.stdout.readline() == "1\n"
        theirs = find_open(lite, "tagstack")
        assert theirs.host.split("/")[0] == socket.gethostname()
        assert not lives(theirs.pid, started=theirs.process_started)  # process 1 is another one here
        assert not is_abandoned(theirs)
        container.stdin.close()
