"""Training on every stack: the same commit and command, twice, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import containers, setting
from lab.client import CONTAINERS, Client, Outcome
from lab.clouds import sagemaker
from lab.place import Place
from lab.servers import s3

STACKS = ("local", "local-s3", "server", "docker", "ssh", "airflow")
EMULATED = ("kubernetes", "aws")
"""Stacks whose cloud is emulated here; they train once."""
ORCHESTRATOR = "orchestrator"
NEVER_CACHED = {"watermark", "identify", "decide", "register"}
"""Steps that always run, as docs/design.md says."""


@dataclass(frozen=True)
class StackRun:
    """What training on a stack came to.

    Attributes:
        stack: The stack.
        first: The first run's command: exit code, seconds, error.
        second: The same command again.
        facts: What ZenML says of the first run.
        again: What it says of the second.
        where: What the container engine says of each step of the first run: the container's user by step.
        missing: Why it did not run; empty where it did.
    """

    stack: str
    first: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    @property
    def worked(self) -> bool:
        """Whether all runs ended well."""
        return not self.missing and self.first["code"] == 0 and self.second.get("code", 0) == 0

    @property
    def label(self) -> str:
        """The stack as the report names it."""
        return f"{self.stack} (emulated)" if self.stack in EMULATED else self.stack

    def cached(self) -> set[str]:
        """Return the steps of the second run that came from the cache."""
        return {name for name, step in self.again["steps"].items() if step["status"] == "cached"}

    def stores(self) -> set[str]:
        """Return where its artifacts are: scheme and bucket, or the local store."""
        uris = [artifact["uri"] for artifact in self.facts["artifacts"].values()]
        return {"/".join(uri.split("/")[:3]) if "://" in uri else "local" for uri in uris}


def train(client: Client) -> StackRun:
    """Train twice on the client's stack, where that is emulated once."""
    setting.prepare(client)
    command = ("--pipeline", "training", "--until", setting.UNTIL, "--stack", client.stack)
    run = sagemaker.run if client.stack == "aws" else Client.run
    first = run(client, *command, extra=setting.passwords(client))
    if first.code:
        return StackRun(client.stack, told(first), missing=first.error or first.err[-300:])
    facts = client.ask("run", "training", client.stack)
    where = _where(client) if client.stack in CONTAINERS else {}
    if client.stack in EMULATED:
        return StackRun(client.stack, told(first), facts=facts, where=where)
    second = client.run(*command, extra=setting.passwords(client))
    again = client.ask("run", "training", client.stack)
    return StackRun(client.stack, told(first), told(second), facts, again, where)


def _where(client: Client) -> dict[str, str]:
    """Return whom each step's container ran as; one that names no step and has ended is the orchestrator's."""
    ours = containers.containers(client.place, client.ask("stack", client.stack))
    done = (one for one in ours if one.step or one.state != "running")  # not a service
    return {one.step or ORCHESTRATOR: one.user or "root" for one in done}


def told(outcome: Outcome) -> dict[str, Any]:
    """Return what is kept of a command."""
    return {"code": outcome.code, "seconds": round(outcome.seconds, 1), "error": outcome.error, "out": outcome.out}


def strays(place: Place, stack: str) -> list[str]:
    """List what a stack has left in its client's local store, which is not its own; ZenML's database is no artifact."""
    local = place.folder / "clients" / stack / "local_stores"
    files = [file.relative_to(local) for file in local.rglob("*") if file.is_file()] if local.is_dir() else []
    return [str(file) for file in files if file.parts[0] != "default_zen_store"] if stack != "local" else []


def objects(place: Place, stack: str) -> int:
    """Count what lies in a stack's bucket."""
    pages = s3.client(place).get_paginator("list_objects_v2").paginate(Bucket=f"tagstack-{stack}")
    return sum(page.get("KeyCount", 0) for page in pages)


def log_files(place: Place) -> list[Path]:
    """List everything that servers and commands have said."""
    return [*place.of("logs").glob("*.log"), *place.of("outputs").glob("*.log")]
