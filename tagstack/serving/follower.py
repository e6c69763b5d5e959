"""The follower: it keeps a replica's engine at the version that the store names, and tells the store about it."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tagstack.config import ServiceSettings
from tagstack.errors import ServiceError
from tagstack.model.tagmodel import TagModel
from tagstack.privacy import error_line
from tagstack.serving.engine import Engine
from tagstack.serving.served import Served, make_served
from tagstack.store.database import Store
from tagstack.store.rollout import Replica, Target, forget_replica, read_target, report_replica

_log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 60.0
"""Between two attempts to get a version that failed."""
_LONGEST_PROBLEM = 300


class Follower:
    """Two threads: one looks for a new target and acts on it, one says every few seconds that the replica lives.

    A target that cannot be served leaves the former model serving and is tried again, ever more seldom. While the store
    is away, the engine serves what it has.

    Args:
        engine: What is kept up to date.
        store: Where the target is read and the replica reported.
        model_name: Whose target.
        load: From a version to its model; may raise anything.
        address: Where this replica answers.
        settings: How often to look.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        model_name: str,
        load: Callable[[int], TagModel],
        address: str,
        settings: ServiceSettings,
    ) -> None:
        self._engine, self._store, self._load, self._settings = engine, store, load, settings
        now = dt.datetime.now(dt.UTC)
        identity = uuid.uuid4().hex
        self._replica = Replica(id=identity, model_name=model_name, address=address, seen_at=now, started_at=now)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._away: set[str] = set()
        self._failures = 0
        self._next_attempt = 0.0
        self._tried: int | None = None
        self._served: int | None = None
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._follow, self._beat)]

    @property
    def revision(self) -> int | None:
        """Revision of the target that is served."""
        return self._served

    @property
    def replica(self) -> Replica:
        """What was reported last."""
        return self._replica

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def wait_ready(self, timeout: float) -> bool:
        """Wait for the first target to be served; return whether it is."""
        return self._ready.wait(timeout)

    def stop(self) -> None:
        """Report that the replica drains, end the threads and remove the replica's row."""
        self._report(state="draining")
        self._stopping.set()
        for thread in self._threads:
            if thread.ident:
                thread.join(self._settings.drain_seconds)
        with self._lock, self._store_may_be_away("writing"):
            forget_replica(self._store, self._replica.id)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            target = None
            with self._store_may_be_away("reading"):
                target = read_target(self._store, self._replica.model_name)
            if target and self._is_due(target):
                self._act(target)
            self._stopping.wait(self._settings.poll_seconds)

    def _beat(self) -> None:
        while not self._stopping.is_set():
            self._report()
            self._stopping.wait(HEARTBEAT_SECONDS)

    def _is_due(self, target: Target) -> bool:
        if target.revision != self._tried:
            self._failures, self._next_attempt = 0, 0.0
        return target.revision != self._served and time.monotonic() >= self._next_attempt

    def _act(self, target: Target) -> None:
        self._tried = target.revision
        try:
            served = self._get(target)
        except Exception as error:  # noqa: BLE001 - loading reads foreign stores; whatever it is, go on serving
            self._fail(target, error)
            return
        if not self._stopping.is_set() and self._is_wanted(target):
            self._engine.serve(served)
            self._served = target.revision
            self._ready.set()
            _log.info("Serving version %d of %s", target.version, target.model_name)
            self._report(state="ready", version=target.version, revision=target.revision, problem=None)

    def _is_wanted(self, target: Target) -> bool:
        """Whether nothing else became the target while this one was loaded, as where its promotion was undone."""
        latest: Target | None = target
        with self._store_may_be_away("reading"):
            latest = read_target(self._store, target.model_name)
        return latest is not None and latest.revision == target.revision

    def _get(self, target: Target) -> Served:
        former = self._engine.served
        if former and former.sha256 == target.sha256:
            return Served(target.version, former.suggester)
        model = self._load(target.version)
        if model.sha256 != target.sha256:
            raise ServiceError(
                f"Version {target.version} is not what was promoted: its SHA-256 begins with {model.sha256[:12]}, not "
                f"with {target.sha256[:12]}; run `python run.py doctor`."
            )
        return make_served(target.version, model, encoder=former.suggester.encoder if former else None)

    def _fail(self, target: Target, error: Exception) -> None:
        pause = min(self._settings.poll_seconds * 2 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)
        self._failures += 1
        self._next_attempt = time.monotonic() + pause
        problem = error_line(error)[:_LONGEST_PROBLEM]
        if self._failures == 1:
            _log.error("Cannot serve version %d of %s: %s", target.version, target.model_name, problem)
        self._report(state="failed", revision=target.revision, problem=problem)

    def _report(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Replica
        with self._lock, self._store_may_be_away("writing"):
            if not self._stopping.is_set():
                self._replica = replace(self._replica, **changes)
                report_replica(self._store, self._replica)

    @contextlib.contextmanager
    def _store_may_be_away(self, doing: str) -> Iterator[None]:
        """Go on without the store, and say once that it is away and once that it is back; a full one is still read."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a thread that ends would leave the replica behind for good
            if not self._away:
                _log.warning("Serving on without the store: %s", error_line(error))
            self._away.add(doing)
        else:
            if self._away == {doing}:
                _log.info("The store is back")
            self._away.discard(doing)
