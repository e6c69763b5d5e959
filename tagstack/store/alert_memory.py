"""The memory of alerts: which findings were mailed, which wait to be, and which are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, fields, replace

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tagstack.alerts.rules import AlertMemory, SentAlert
from tagstack.store.database import Store, transaction
from tagstack.store.tables import ALERTS

_COLUMNS = [ALERTS.c[field.name] for field in fields(SentAlert)]
_KEY = ("model_name", "fingerprint", "seen_at")


def read_alerts(store: Store, model_name: str, *, until: dt.datetime, limit: int = 1000) -> AlertMemory:
    """Return the newest findings of a model as they stood at a moment.

    Args:
        store: Where.
        model_name: Whose.
        until: The present moment, or the past one that is replayed, inclusive. What was found later is not seen, and
            what was mailed or over only later counts as mailed when it was found, and as lasting.
        limit: How many at most.
    """
    chosen = sa.select(*_COLUMNS).where(ALERTS.c.model_name == model_name, ALERTS.c.seen_at <= until)
    newest = chosen.order_by(ALERTS.c.seen_at.desc(), ALERTS.c.fingerprint).limit(limit)
    with store.reading() as connection:
        found = [_alert(row) for row in connection.execute(newest).mappings()]
    return AlertMemory(tuple(_as_it_stood(alert, until) for alert in reversed(found)))


def keep_alerts(store: Store, alerts: Iterable[SentAlert]) -> None:
    """Record findings, all or none of them; each takes the place of the one with its key.

    A replay of the past must not undo what came after it: what is over stays over, and the latest mail counts.
    """
    rows = list(alerts)
    with store.errors():
        try:
            _write(store, rows)
        except IntegrityError:  # Another process recorded one of them between our look and our write.
            _write(store, rows)


def _write(store: Store, alerts: Iterable[SentAlert]) -> None:
    with transaction(store.engine) as connection:
        for alert in alerts:
            key = sa.and_(*(ALERTS.c[name] == getattr(alert, name) for name in _KEY))
            known = connection.execute(sa.select(*_COLUMNS).where(key).with_for_update()).mappings().first()
            if known:
                merged = _merge(_alert(known), alert)
                connection.execute(sa.update(ALERTS).where(key).values(asdict(merged)))
            else:
                connection.execute(sa.insert(ALERTS).values(asdict(alert)))


def _alert(row: sa.RowMapping) -> SentAlert:
    return SentAlert(**{**row, "kinds": tuple(row["kinds"])})


def _merge(known: SentAlert, alert: SentAlert) -> SentAlert:
    sent = max((moment for moment in (known.sent_at, alert.sent_at) if moment), default=None)
    over = alert.resolved_at if known.resolved_at is None else known.resolved_at
    return replace(alert, sent_at=sent, resolved_at=over)


def _as_it_stood(alert: SentAlert, moment: dt.datetime) -> SentAlert:
    sent = alert.seen_at if alert.sent_at and alert.sent_at > moment else alert.sent_at
    over = None if alert.resolved_at and alert.resolved_at > moment else alert.resolved_at
    return replace(alert, sent_at=sent, resolved_at=over)
