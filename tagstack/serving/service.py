"""The service's parts: engine, recorder, store, keys; and starting and draining them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tagstack.config import Settings
from tagstack.errors import UsageError
from tagstack.loopback import is_loopback
from tagstack.serving.access import KEYS, Keys, read_keys
from tagstack.serving.engine import Engine, NotReady
from tagstack.serving.follower import Follower
from tagstack.serving.memory import Memory
from tagstack.serving.metrics import Metrics
from tagstack.serving.outbox import Outbox
from tagstack.serving.retention import purge_daily
from tagstack.serving.served import Served
from tagstack.store.database import Store, open_store
from tagstack.store.recorder import Recorder

ELSEWHERE_PER_MINUTE = 600


@dataclass(frozen=True)
class Service:
    """What the application needs.

    Attributes:
        settings: the whole tree.
        engine: answers questions.
        store: where suggestions and decisions are kept.
        recorder: writes them.
        keys: accepted API keys.
        loopback: whether the service listens on this machine's own address only.
        follower: keeps the engine at the version that the store names; None where it serves one fixed model.
        memory: what was suggested lately.
        metrics: what is counted.
    """

    settings: Settings
    engine: Engine
    store: Store
    recorder: Recorder
    keys: Keys
    loopback: bool
    follower: Follower | None = None
    memory: Memory = field(default_factory=Memory)
    metrics: Metrics = field(default_factory=Metrics)

    @cached_property
    def outbox(self) -> Outbox:
        """What is on its way to the recorder."""
        return Outbox(self.recorder)

    @property
    def key_required(self) -> bool:
        """Whether questions and feedback need an API key."""
        chosen = self.settings.service.require_key
        return bool(self.keys.digests) or not self.loopback if chosen is None else chosen

    @property
    def per_minute(self) -> int | None:
        """How many requests a client may make in a minute; None is no limit."""
        chosen = self.settings.service.requests_per_minute
        return ELSEWHERE_PER_MINUTE if chosen is None and not self.loopback else chosen

    def require_served(self) -> Served:
        """Return the model that answers; raises NotReady where there is none yet."""
        if self.engine.served is None:
            raise NotReady
        return self.engine.served

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the parts; afterwards drain what was accepted, in the opposite order, whatever fails on the way."""
        async with contextlib.AsyncExitStack() as parts:
            parts.callback(self.store.close)
            parts.push_async_callback(asyncio.to_thread, self.recorder.close)
            parts.callback(self.outbox.flush)
            await self.engine.start()
            parts.push_async_callback(self.engine.stop)
            if self.follower:
                self.follower.start()
                parts.push_async_callback(asyncio.to_thread, self.follower.stop)
            purging = asyncio.create_task(purge_daily(self.store, keep_days=self.settings.store.keep_days))
            parts.callback(purging.cancel)
            yield


def open_service(
    settings: Settings,
    *,
    host: str,
    make_follower: Callable[[Engine, Store], Follower] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Service:
    """Open the store and put a service together that is going to listen on `host`.

    Raises:
        UsageError: Keys are needed and there are none, or they cannot be read.
        StoreError: The store cannot be opened.
    """
    keys = read_keys(environ)
    require_keys(settings, keys, host=host)
    store = open_store(settings.store.url)
    engine = Engine(settings.service)
    follower = make_follower(engine, store) if make_follower else None
    return Service(settings, engine, store, Recorder(store), keys, is_loopback(host), follower)


def require_keys(settings: Settings, keys: Keys, *, host: str) -> None:
    """Refuse to listen where strangers can reach the service unless they need a key; raises UsageError."""
    chosen = settings.service.require_key
    if not keys.digests and (chosen or (chosen is None and not is_loopback(host))):
        raise UsageError(
            f"The service needs API keys on {host}: set {KEYS} (or {KEYS}_FILE), or listen on 127.0.0.1; "
            "`--set service.require_key=false` opens it to everyone."
        )
