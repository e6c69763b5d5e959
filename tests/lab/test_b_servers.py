"""The lab's own servers: found again when their lab was killed, and nobody else is ended."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from lab import daemons
from lab.place import open_place, renew
from lab.servers import postgresql
from lab.servers.all import LabError, down, is_up, start
from lab.servers.server import Server

SLEEP = [
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
]


@pytest.fixture
def own():
    """A lab of its own, where servers that do not run as root get to as well."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        place = open_place(Path(folder) / "lab")
        yield place
        down(place)


@pytest.fixture
def sleeper(own):
    """A daemon with a child."""
    daemon = daemons.start(own, "sleeper", SLEEP, environment=dict(os.environ), folder=own.folder)
    end = time.monotonic() + 20
    while len(daemon.processes()) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    return daemon


def test_a_daemon_is_ended_with_its_children(own, sleeper):
    pids = [process.pid for process in sleeper.processes()]
    assert len(pids) == 2
    daemons.stop(own, sleeper)
    assert not [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
    assert daemons.recorded(own) == []


def test_children_are_found_after_their_daemon_was_killed(own, sleeper):
    psutil.Process(sleeper.pid).kill()
    os.waitpid(sleeper.pid, 0)
    assert not sleeper.is_alive()
    assert down(own) == {"sleeper": 1}
    assert sleeper.processes() == []


def test_a_process_that_got_the_same_pid_later_is_left_alone(own):
    other = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        stale = daemons.Daemon("gone", other.pid, psutil.Process(other.pid).create_time() + 60)
        assert stale.processes() == []
        daemons.stop(own, stale)
        assert other.poll() is None
    finally:
        for process in [*psutil.Process(other.pid).children(), psutil.Process(other.pid)]:
            process.kill()
        other.wait()


def test_a_lab_in_a_lab_has_other_ports_and_ends_with_it(own):
    inner = open_place(own.own_faults, taken=own.ports.values())
    assert not set(inner.ports.values()) & set(own.ports.values())
    assert open_place(own.own_faults).ports == inner.ports
    daemon = daemons.start(inner, "sleeper", SLEEP, environment=dict(os.environ), folder=inner.folder)
    down(own)
    assert not daemon.is_alive()


def test_a_run_that_outlived_its_lab_is_ended_and_no_other(own):
    (own.folder / "code").mkdir()
    ours = subprocess.Popen([*SLEEP[:1], "-c", "import time; time.sleep(60)"], cwd=own.folder / "code")
    other = subprocess.Popen([*SLEEP[:1], "-c", "import time; time.sleep(60)"], cwd=own.folder)
    try:
        assert daemons.end_runs(own) == 1
        assert ours.poll() is not None
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_missing_package_is_named(own):
    server = Server("x", lambda place: [], lambda place: True, program="no-such-program", package="some-package")
    with pytest.raises(LabError, match=r"x needs some-package; `make lab-packages` installs it"):
        start(own, server)


def test_a_server_that_dies_is_told_with_its_log(own):
    server = Server("dies", lambda place: [sys.executable, "-c", "raise SystemExit('no')"], lambda place: False)
    with pytest.raises(LabError, match=r"dies does not come up; see .*dies.log"):
        start(own, server)


def test_the_reader_of_the_questions_may_write_nothing(own):
    import psycopg

    place = start(own, postgresql.SERVER)
    assert is_up(place, postgresql.SERVER)
    with psycopg.connect(postgresql.url(place, "questions", "tagstack"), autocommit=True) as owner:
        owner.execute("CREATE TABLE posts (id int)")
    with psycopg.connect(postgresql.url(place, "questions", "reader"), autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM posts").fetchone() == (0,)
        for line in ("INSERT INTO posts VALUES (1)", "DROP TABLE posts", "CREATE TABLE other (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(line)


def test_a_new_lab_keeps_nothing_of_the_old_one_but_what_is_expensive(own):
    for name in ("engine/graph/layer", "airflow/venv/bin/python", "airflow/airflow.db", "home/encoder/e", "home/x/y"):
        (own.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (own.folder / name).write_text("")
    new = renew(own.folder)
    files = {str(file.relative_to(own.folder)) for file in own.folder.rglob("*") if file.is_file()}
    assert files == {"engine/graph/layer", "airflow/venv/bin/python", "home/encoder/e", "lab.json"}
    assert not set(new.secrets.values()) & set(own.secrets.values())


def test_secrets_are_readable_by_their_owner_alone(own):
    assert (own.folder / "lab.json").stat().st_mode & 0o077 == 0
    assert open_place(own.folder) == own
