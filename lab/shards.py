"""What the backfill costs in 1, 2, 4 and 8 shards: the same questions each time, on an empty vector cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab import setting
from lab.client import Client, Outcome
from lab.place import Place
from lab.servers import s3

COUNTS = (1, 2, 4, 8)
VECTORS = "tagstack/vectors/"
"""Where the vector cache lies in a stack's bucket."""


@dataclass(frozen=True)
class Backfill:
    """What a backfill came to.

    Attributes:
        shards: In how many shards.
        outcome: Of the command.
        report: What its summary says; empty where it failed.
        vectors: Objects of the cache before and after it.
    """

    shards: int
    outcome: Outcome
    report: dict[str, Any]
    vectors: tuple[int, int]


def backfill(client: Client, shards: int) -> Backfill:
    """Empty the vector cache of the client's stack and fill it."""
    forget_vectors(client.place, client.bucket)
    before = len(_vectors(client.place, client.bucket))
    command = ("--pipeline", "backfill", "--shards", str(shards), "--until", setting.UNTIL, "--stack", client.stack)
    outcome = client.run(*command, extra=setting.passwords(client))
    report = client.ask("backfill", client.stack) if outcome.code == 0 else {}
    return Backfill(shards, outcome, report, (before, len(_vectors(client.place, client.bucket))))


def forget_vectors(place: Place, bucket: str) -> None:
    """Delete the vector cache of a bucket."""
    for key in _vectors(place, bucket):
        s3.client(place).delete_object(Bucket=bucket, Key=key)


def _vectors(place: Place, bucket: str) -> list[str]:
    pages = s3.client(place).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=VECTORS)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]
