"""What breaks while a pipeline runs, how the run ends, and whether the next one comes through.

Faults on stack `server` have a lab of their own with the servers that they break, so that nobody else notices.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import containers, daemons, setting
from lab.certificates import make_certificate
from lab.client import Client, Outcome, Running
from lab.place import Place, open_place
from lab.servers import postgresql
from lab.servers.all import chosen, find, leave, start, start_all
from lab.servers.engine import podman

TRAINING = "Training a dense head."
"""What the step `train` says when it begins."""
STACK = "server"
SERVERS = ("postgresql", "s3", "mlflow", "zenml")
"""The stack of most faults, and the servers that its trainings need."""
AWAY_SECONDS, LOOK_SECONDS = 3.0, 1.0
DISK_BYTES = 2_000_000


@dataclass(frozen=True)
class FaultOutcome:
    """What a fault came to.

    Attributes:
        fault: What broke.
        stack: Where.
        code: The command's exit code.
        error: The line of error, empty where it came through.
        seconds: How long it took to say so.
        next_code: The exit code of the same command, run again when all is well.
        cached: How many steps that run took from the cache.
        half: What is left half done after it: versions without a stage, or twice the same.
    """

    fault: str
    stack: str
    code: int
    error: str
    seconds: float
    next_code: int
    cached: int
    half: tuple[str, ...]

    @property
    def in_order(self) -> bool:
        """Whether it failed clearly or came through, the next run ended well, and nothing is left half done."""
        told = self.error and "--debug" not in self.error  # which is what is said of an error that nobody foresaw
        clear = self.code == 0 or (self.code in {1, 2} and told)  # 2: as where the address is wrong
        return bool(clear) and self.next_code == 0 and not self.half


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: As the report has it.
        stack: Where a run suffers it.
        labels: The size of the vocabulary, which makes the run one of its own.
        strike: What is done to the run; returns its outcome.
    """

    name: str
    stack: str
    labels: int
    strike: Callable[[Client, tuple[str, ...]], Outcome]


def own_client(place: Place, code: Path) -> Client:
    """Return the client of stack `server` that faults strike, with the servers of its own up.

    Args:
        place: The lab; the other one lies in it, and ends with it.
        code: The folder of the code to run.
    """
    own = open_place(place.own_faults, taken=place.ports.values())
    make_certificate(own)
    encoder = own.of("home") / "encoder"
    if not encoder.is_symlink():
        encoder.symlink_to(place.of("home") / "encoder")
    own = start_all(own, chosen(SERVERS), lambda _server, _took: None)
    setting.write_questions(own, Client(own, "local", code))
    client = Client(own, STACK, code)
    setting.prepare(client)
    return client


def suffer(client: Client, fault: Fault) -> FaultOutcome:
    """Run, break, mend, run again."""
    stack, labels = client.stack, f"labels.size={fault.labels}"
    command = ("--pipeline", "training", "--until", setting.UNTIL, "--stack", stack, "--set", labels)
    outcome = fault.strike(client, command)
    after = client.run(*command, extra=setting.passwords(client))
    facts = client.ask("run", "training", client.stack) if after.code == 0 else {"steps": {}, "versions": {}}
    cached = sum(step["status"] == "cached" for step in facts["steps"].values())
    error = outcome.error
    return FaultOutcome(
        fault.name, client.stack, outcome.code, error, round(outcome.seconds, 1), after.code, cached, half_done(facts)
    )


def half_done(facts: dict[str, dict[str, list[list[str | None]]]]) -> tuple[str, ...]:
    """List versions that have no stage."""
    return tuple(
        f"{model} {number}" for model, known in facts["versions"].items() for number, stage in known if stage is None
    )


def _begun(client: Client, command: tuple[str, ...]) -> Running:
    running = client.start(*command, extra=setting.passwords(client))
    running.wait_for(TRAINING)
    return running


def s3_down(client: Client, command: tuple[str, ...]) -> Outcome:
    """S3 dies while the model is trained, and comes back after the run."""
    running = _begun(client, command)
    with _dead(client.place, "s3"):
        return running.finish()


def zenml_restarted(client: Client, command: tuple[str, ...]) -> Outcome:
    """ZenML's server dies while the model is trained and is started again."""
    running = _begun(client, command)
    with _dead(client.place, "zenml"):
        time.sleep(AWAY_SECONDS)
    return running.finish()


def mlflow_down(client: Client, command: tuple[str, ...]) -> Outcome:
    """MLflow's server dies while the model is trained, and comes back after the run."""
    running = _begun(client, command)
    with _dead(client.place, "mlflow"):
        return running.finish()


def database_cut(client: Client, command: tuple[str, ...]) -> Outcome:
    """Connections to the questions are cut as soon as they are made."""
    cut = threading.Event()
    thread = threading.Thread(target=_cut_connections, args=(client.place, cut))
    thread.start()
    try:
        return client.run(*command, "--no-cache", extra=setting.passwords(client))
    finally:
        cut.set()
        thread.join()


def container_killed(client: Client, command: tuple[str, ...]) -> Outcome:
    """The container that trains the model is killed."""
    running, stack = client.start(*command), client.ask("stack", client.stack)
    while running.process.poll() is None:
        if found := containers.running(client.place, stack, "train"):
            podman(client.place, "kill", found.id, check=False)
            break
        time.sleep(LOOK_SECONDS)
    return running.finish()


def disk_full(client: Client, command: tuple[str, ...]) -> Outcome:
    """There is no room for temporary files."""
    folder = client.place.of("small-disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], check=True)
    try:
        given = {**setting.passwords(client), "TMPDIR": str(folder)}
        return client.run(*command, extra=given)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def two_at_once(client: Client, command: tuple[str, ...]) -> Outcome:
    """The same command is started twice at the same time."""
    first, second = (client.start(*command, extra=setting.passwords(client)) for _ in range(2))
    outcomes = [first.finish(), second.finish()]
    return max(outcomes, key=lambda outcome: outcome.code)


FAULTS = (
    Fault("container of a step killed", "docker", 37, container_killed),
    Fault("no room for temporary files", STACK, 35, disk_full),
    Fault("two runs of the same at once", STACK, 36, two_at_once),
    Fault("S3 down while training", STACK, 31, s3_down),
    Fault("ZenML server restarted while training", STACK, 32, zenml_restarted),
    Fault("MLflow server down while training", STACK, 33, mlflow_down),
    Fault("connections to the questions' database cut", STACK, 34, database_cut),
)


def possible(fault: Fault) -> bool:
    """Say whether this machine can be broken so: mounting a small disk needs root."""
    return fault.strike is not disk_full or os.geteuid() == 0


@contextmanager
def _dead(place: Place, name: str) -> Iterator[None]:
    """Kill a server as a failing machine does; start it again at the end."""
    daemons.kill(next(daemon for daemon in daemons.recorded(place) if daemon.name == name))
    try:
        yield
    finally:
        leave(place, name)
        start(place, find(name))


def _cut_connections(place: Place, cut: threading.Event) -> None:
    with postgresql.connect(place) as connection:
        while not cut.wait(0.01):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (postgresql.READER,)
            )
