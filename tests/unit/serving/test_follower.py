"""The follower: the engine serves what the store names, whatever happens to store and models meanwhile."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time

import pytest

from tagstack.config import PreparationSettings, ServiceSettings
from tagstack.errors import ModelError
from tagstack.model.tagmodel import Recipe
from tagstack.serving import follower as module
from tagstack.serving.engine import Engine
from tagstack.serving.follower import Follower
from tagstack.serving.served import Served
from tagstack.store.database import open_store
from tagstack.store.rollout import clear_target, list_replicas, set_target
from tagstack.suggestion import Suggester

SETTINGS = ServiceSettings(poll_seconds=0.01, drain_seconds=2.0)


def soon(check):
    """Wait until something is so, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.005)
    return found


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(file):
    with open_store(f"sqlite:///{file}") as opened:
        yield opened


@pytest.fixture
def encoder(make_encoder):
    return make_encoder()


@pytest.fixture
def models(make_model, encoder):
    """Models 1 to 3, of the same encoder and different content."""
    recipes = (Recipe(preparation=PreparationSettings(min_characters=number)) for number in (1, 2, 3))
    return {
        number: make_model(fingerprint=encoder.fingerprint, recipe=recipe) for number, recipe in enumerate(recipes, 1)
    }


@pytest.fixture
def engine(models, encoder):
    """An engine that serves version 1 already."""
    made = Engine(SETTINGS)
    made.serve(Served(1, Suggester(models[1], encoder)))
    return made


@pytest.fixture
def follow(engine, store, models):
    """Start a follower: `follow(load=...)`; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def run(load=models.__getitem__, *, engine=engine):
            made = Follower(engine, store, "tagstack", load, "http://127.0.0.1:1", SETTINGS)
            made.start()
            stack.callback(made.stop)
            return made

        yield run


@pytest.fixture
def promote(store, models):
    return lambda version, sha256=None: set_target(
        store, "tagstack", version=version, sha256=sha256 or models[version].sha256
    )


@pytest.fixture
def replica(store):
    """What the store says of the one replica, once something is so of it: `replica(state="ready")`."""

    def find(**wanted):
        found = list_replicas(store, "tagstack")
        return found and all(getattr(found[0], name) == value for name, value in wanted.items()) and found[0]

    return lambda **wanted: soon(lambda: find(**wanted))


def test_a_replica_without_a_target_says_that_it_starts(follow, replica):
    follower = follow()
    found = replica(state="starting")
    assert (found.address, found.version, found.revision) == ("http://127.0.0.1:1", None, None)
    assert not follower.wait_ready(0)


def test_a_new_target_is_served_and_reported(follow, promote, engine, replica):
    follower = follow()
    target = promote(2)
    assert follower.wait_ready(10)
    assert engine.served.version == 2
    found = replica(state="ready", version=2, revision=target.revision)
    assert found.problem is None
    assert follower.revision == target.revision


def test_every_change_of_the_target_is_followed(follow, promote, engine):
    promote(2)
    follow()
    for version in (2, 3, 1, 2):
        promote(version)
        soon(lambda version=version: engine.served.version == version)


def test_a_target_that_is_taken_back_leaves_the_model(follow, promote, engine, store):
    promote(2)
    follower = follow()
    assert follower.wait_ready(10)
    clear_target(store, "tagstack")
    time.sleep(0.05)
    assert engine.served.version == 2


def test_the_same_content_under_another_number_is_not_loaded_again(follow, promote, engine, models):
    loaded = []
    follow(loaded.append)
    promote(9, sha256=models[1].sha256)
    soon(lambda: engine.served.version == 9)
    assert loaded == []


def test_the_encoder_is_kept_with_another_model(follow, promote, engine, encoder):
    promote(2)
    assert follow().wait_ready(10)
    assert engine.served.suggester.encoder is encoder


def test_a_version_of_other_content_is_refused_and_the_former_serves_on(follow, promote, engine, replica, models):
    follow()
    promote(2, sha256="f" * 64)
    found = replica(state="failed")
    assert found.problem == (
        f"Version 2 is not what was promoted: its SHA-256 begins with {models[2].sha256[:12]}, "
        "not with ffffffffffff; run `python run.py doctor`."
    )
    assert engine.served.version == 1
    promote(2)
    replica(state="ready", version=2, problem=None)


def test_a_failed_version_is_tried_again(follow, promote, engine, models):
    attempts = []

    def load(version):
        attempts.append(version)
        if len(attempts) < 3:
            raise ConnectionError("the registry is away")
        return models[version]

    promote(2)
    assert follow(load).wait_ready(10)
    assert attempts == [2, 2, 2]
    assert engine.served.version == 2


def test_attempts_become_rarer_and_a_new_target_is_tried_at_once(follow, promote, engine, models, monkeypatch):
    attempts = []
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 1000.0)

    def load(version):
        attempts.append(version)
        if version == 2:
            raise ConnectionError
        return models[version]

    follower = follow(load)
    promote(2)
    soon(lambda: len(attempts) >= 5)
    assert follower._next_attempt - time.monotonic() > 5 * SETTINGS.poll_seconds
    follower._next_attempt = time.monotonic() + 1000
    promote(3)
    soon(lambda: engine.served.version == 3)


def test_a_problem_is_one_line_without_passwords_and_logged_once(follow, promote, replica, caplog):
    def load(version):
        raise ValueError("cannot read\nmysql://ann:hunter2@db/x " + "and more " * 100)

    with caplog.at_level(logging.INFO):
        follower = follow(load)
        promote(2)
        problem = replica(state="failed").problem
        soon(lambda: follower._failures >= 3)
    assert problem.startswith("ValueError: cannot read mysql://")
    assert len(problem) <= 300
    assert "hunter2" not in problem + caplog.text
    assert caplog.text.count("Cannot serve version 2 of tagstack: ValueError") == 1


def test_a_replica_that_never_served_anything_says_why(follow, promote, replica):
    def load(version):
        raise ModelError(f"No model of version {version}; train one.")

    follower = follow(load, engine=Engine(SETTINGS))
    target = promote(2)
    found = replica(state="failed", version=None, revision=target.revision)
    assert found.problem == "No model of version 2; train one."
    assert follower.revision is None
    assert not follower.wait_ready(0)


def test_the_replica_lives_while_a_version_is_being_loaded(follow, promote, replica, models, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)
    loading, go_on = threading.Event(), threading.Event()

    def load(version):
        loading.set()
        assert go_on.wait(10)
        return models[version]

    follow(load)
    promote(2)
    assert loading.wait(10)
    before = replica(state="starting").seen_at
    soon(lambda: replica(state="starting").seen_at > before)
    go_on.set()
    replica(state="ready", version=2)


def test_the_engine_serves_on_while_the_store_is_away(follow, promote, engine, file, caplog, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)

    def rename(before, after):
        with contextlib.closing(sqlite3.connect(file, timeout=10)) as connection:
            connection.execute(f"ALTER TABLE {before} RENAME TO {after}")

    with caplog.at_level(logging.INFO):
        assert promote(2)
        assert follow().wait_ready(10)
        rename("tagstack_targets", "away")
        soon(lambda: "Serving on without the store" in caplog.text)
        time.sleep(0.1)
        assert engine.served.version == 2
        rename("away", "tagstack_targets")
        promote(3)
        soon(lambda: engine.served.version == 3)
        soon(lambda: "The store is back" in caplog.text)


def test_a_store_that_is_only_read_counts_as_away_and_is_told_once(follow, promote, engine, file, caplog, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)

    def execute(statement):
        with contextlib.closing(sqlite3.connect(file, timeout=10)) as connection, connection:
            connection.execute(statement)

    with caplog.at_level(logging.INFO):
        follow()
        full = "BEFORE UPDATE ON tagstack_replicas BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        execute(f"CREATE TRIGGER full {full}")
        soon(lambda: "database or disk is full" in caplog.text)
        promote(2)
        soon(lambda: engine.served.version == 2)
        time.sleep(0.2)
        assert caplog.text.count("Serving on without the store") == 1
        assert "The store is back" not in caplog.text
        execute("DROP TRIGGER full")
        soon(lambda: "The store is back" in caplog.text)


def test_a_replica_that_stops_leaves_no_row(follow, promote, replica, store):
    promote(2)
    follower = follow()
    replica(state="ready")
    follower.stop()
    assert list_replicas(store, "tagstack") == []
    assert not any(thread.is_alive() for thread in follower._threads)


def test_a_follower_that_was_never_started_stops(engine, store, models):
    Follower(engine, store, "tagstack", models.__getitem__, "http://127.0.0.1:1", SETTINGS).stop()
    assert list_replicas(store, "tagstack") == []


def test_a_version_that_comes_after_the_end_is_not_served(follow, promote, engine, models, store):
    loading, go_on = threading.Event(), threading.Event()

    def load(version):
        loading.set()
        assert go_on.wait(10)
        return models[version]

    follower = follow(load)
    promote(2)
    assert loading.wait(10)
    threading.Timer(0.05, go_on.set).start()
    follower.stop()
    assert engine.served.version == 1
    assert list_replicas(store, "tagstack") == []


def test_a_target_that_changes_while_it_is_loaded_is_never_served(follow, promote, engine, models, monkeypatch):
    asked, go_on, served = threading.Event(), threading.Event(), []
    serve = engine.serve
    monkeypatch.setattr(engine, "serve", lambda one: (served.append(one.version), serve(one)))

    def load(version):
        asked.set()
        assert go_on.wait(10)
        return models[version]

    promote(2)
    follow(load)
    assert asked.wait(10)
    promote(3)
    go_on.set()
    soon(lambda: engine.served.version == 3)
    assert served == [3]
