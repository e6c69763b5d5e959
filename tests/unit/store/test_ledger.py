import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest
import sqlalchemy as sa

from tagstack.errors import StoreError
from tagstack.store.columns import now
from tagstack.store.database import open_store
from tagstack.store.ledger import advance, beat, begin, find_open, finish, history, take_over
from tagstack.store.process import place
from tagstack.store.promotion import is_abandoned
from tagstack.store.tables import PROMOTIONS

BEGIN = """
import sys
from tagstack.store.database import open_store
from tagstack.store.ledger import begin
what = dict(model_name="tagstack", kind="promotion", who="ann", from_version=1, to_version=2, reason="")
begin(open_store(sys.argv[1]), **what)
"""


@pytest.fixture
def start():
    """Open a promotion: `start(store, to_version=3)`."""

    def make(store, **values):
        usual = {"model_name": "tagstack", "kind": "promotion", "who": "ann", "from_version": 1, "to_version": 2}
        return begin(store, **(usual | {"reason": "better by 0.02"} | values))

    return make


def test_a_promotion_is_read_back_as_it_was_begun(store, start):
    before = {"production": 1, "alias": None, "tags": ["a"]}
    opened = start(store, metrics={"micro_f1": 0.5}, before=before)
    assert find_open(store, "tagstack") == opened
    assert (opened.status, opened.progress, opened.ended_at, opened.note) == ("open", "", None, "")
    assert (opened.metrics, opened.before) == ({"micro_f1": 0.5}, before)
    assert (opened.host, opened.pid) == (place(), os.getpid())
    assert opened.process_started == pytest.approx(psutil.Process().create_time(), abs=2)
    assert opened.started_at == opened.heartbeat_at


def test_a_model_has_one_open_promotion_at_most(store, start):
    first = start(store)
    with pytest.raises(StoreError) as error:
        start(store, kind="rollback")
    assert str(error.value) == (
        f"A promotion of tagstack to version 2 by ann is open since {first.started_at:%Y-%m-%d %H:%M:%S} UTC "
        f"(process {os.getpid()} on {place()}); wait until it has ended."
    )
    start(store, model_name="another")
    finish(store, first, "done")
    start(store)


def test_of_those_that_begin_at_once_one_wins(store, start):
    def attempt(_):
        try:
            return start(store).id
        except StoreError:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [number for number in pool.map(attempt, range(8)) if number]
    assert won == [find_open(store, "tagstack").id]


def test_progress_and_end_are_kept(store, start):
    opened = start(store)
    moved = advance(store, opened, "stage of version 2")
    assert moved.heartbeat_at > opened.heartbeat_at
    ended = finish(store, moved, "undone", "the service did not start")
    assert (ended.status, ended.progress, ended.note) == ("undone", "stage of version 2", "the service did not start")
    assert ended.ended_at >= ended.started_at
    assert find_open(store, "tagstack") is None


def test_what_another_process_has_ended_cannot_go_on(store, start):
    opened = start(store)
    finish(store, opened, "undone")
    for act in (
        lambda: advance(store, opened, "x"),
        lambda: beat(store, opened),
        lambda: finish(store, opened, "done"),
    ):
        with pytest.raises(StoreError) as error:
            act()
        assert str(error.value) == (
            f"The promotion {opened.id} of tagstack to version 2 was ended as undone by another process; "
            "run `python run.py doctor`."
        )
    assert [row.status for row in history(store, "tagstack")] == ["undone"]


def test_the_history_begins_with_the_newest(store, start):
    for version in (2, 3, 4):
        finish(store, start(store, to_version=version), "done")
    finish(store, start(store, model_name="another"), "done")
    assert [row.to_version for row in history(store, "tagstack")] == [4, 3, 2]
    assert [row.to_version for row in history(store, "tagstack", limit=1)] == [4]


def test_work_of_a_living_process_is_not_abandoned(lite, start):
    opened = start(lite)
    assert not is_abandoned(opened)
    assert not is_abandoned(beat(lite, opened))


def test_work_of_a_process_that_is_gone_is_abandoned_at_once(lite, start):
    subprocess.run([sys.executable, "-c", BEGIN, lite.url], check=True)
    left = find_open(lite, "tagstack")
    assert left.pid != os.getpid()
    assert is_abandoned(left)
    assert not is_abandoned(replace(left, host="another"))
    with pytest.raises(StoreError, match=r"run `python run\.py doctor --repair`"):
        start(lite)


def test_another_process_with_the_same_pid_is_not_taken_for_it(lite, start):
    assert is_abandoned(replace(start(lite), process_started=1.0))


def test_a_process_that_nobody_waited_for_counts_as_gone(lite):
    child = subprocess.Popen([sys.executable, "-c", BEGIN, lite.url])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        assert is_abandoned(find_open(lite, "tagstack"))
    finally:
        child.wait()


def test_work_that_is_silent_is_abandoned_wherever_it_runs(lite, start):
    old = now() - dt.timedelta(seconds=61)
    start(lite)
    with lite.writing() as connection:
        connection.execute(sa.update(PROMOTIONS).values(heartbeat_at=old, host="another"))
    left = find_open(lite, "tagstack")
    assert is_abandoned(left)
    assert not is_abandoned(beat(lite, left))


def test_what_has_ended_is_not_abandoned(lite, start):
    assert not is_abandoned(replace(finish(lite, start(lite), "done"), process_started=1.0))


def test_a_ledger_outlives_its_store_object(tmp_path, start):
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    with open_store(url) as store:
        opened = start(store)
    with open_store(url, create=False) as store:
        assert find_open(store, "tagstack") == opened


def test_of_those_that_take_an_abandoned_promotion_over_one_wins(store):
    subprocess.run(
        [sys.executable, "-c", BEGIN, str(store.engine.url.render_as_string(hide_password=False))], check=True
    )
    left = find_open(store, "tagstack")
    assert is_abandoned(left)
    ours = take_over(store, left)
    assert (ours.id, ours.pid, ours.status) == (left.id, os.getpid(), "open")
    assert not is_abandoned(ours)
    with pytest.raises(StoreError, match="is in another process's hands; try again"):
        take_over(store, left)
    finish(store, ours, "undone")


def test_what_another_process_has_taken_over_cannot_go_on(lite):
    subprocess.run([sys.executable, "-c", BEGIN, lite.url], check=True)
    left = find_open(lite, "tagstack")
    ours = take_over(lite, left)
    for act in (lambda: advance(lite, left, "x"), lambda: beat(lite, left), lambda: finish(lite, left, "done")):
        with pytest.raises(StoreError, match=r"was taken over by another process; run `python run\.py doctor`\.$"):
            act()
    assert find_open(lite, "tagstack") == ours
