"""From a request to a decision that is stored."""

from __future__ import annotations

import asyncio
import datetime as dt

from fastapi import HTTPException

from tagstack.errors import StoreError
from tagstack.serving.schemas import FeedbackIn
from tagstack.serving.service import Service
from tagstack.store.feedback import DecisionRecord, KeyConflictError, UnknownSuggestionError


async def learn(service: Service, feedback: FeedbackIn, key: str | None) -> str:
    """Store which tags a question got and return "recorded" or "repeated", not before the commit is durable.

    Raises:
        HTTPException: 404, 409, 422 or 503 with its reason.
    """
    record = _decision(service, feedback, key)
    try:
        # Shielded, as a request that is given up must not take back what the writer may have begun.
        outcome = await asyncio.shield(asyncio.wrap_future(service.outbox.decided(record)))
    except UnknownSuggestionError:
        raise HTTPException(404, "suggestion_id: there is no such suggestion, or it is too old") from None
    except KeyConflictError:
        raise HTTPException(409, "other feedback was stored under this key before; it stays as it is") from None
    except StoreError:
        raise HTTPException(503, "the feedback store is away; try again", {"retry-after": "5"}) from None
    return str(outcome)


def _decision(service: Service, feedback: FeedbackIn, key: str | None) -> DecisionRecord:
    kept = tuple(dict.fromkeys(feedback.kept))
    added = tuple(tag for tag in dict.fromkeys(feedback.added) if tag not in kept)
    most = service.settings.contract.max_tags
    if len(kept) + len(added) > most:
        raise HTTPException(422, f"kept and added: at most {most} tags together")
    shown = service.memory.find(feedback.suggestion_id)
    if shown is not None and not shown.issuperset(kept):
        raise HTTPException(422, "kept: a tag that was not suggested; name it in added")
    return DecisionRecord(
        key=key or feedback.suggestion_id,
        suggestion_id=feedback.suggestion_id,
        created_at=dt.datetime.now(dt.UTC),
        kept=kept,
        added=added,
    )
