"""The service under load, beside `mlflow models serve` of the same model and a plain FastAPI handler, in one run.

Every server is a process of its own, started fresh; so are the load generator and the encoder alone, whose rate over a
big list of questions is the capacity that the service is compared with. What is compared is measured in turns. All
traffic stays on 127.0.0.1. `--quick` is for trying; the recorded figures are those of a whole run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent
PROJECT = BENCHMARKS.parent
sys.path[:0] = [str(PROJECT), str(BENCHMARKS)]

from client import ask
from processes import Helper, Server, free_port, helper, serving, wait_for_calm, watched
from questions import read_asked
from results import record
from serving_report import report
from swaps import point_to, swapping

CLIENTS = (1, 8, 32)
FIRST = ("How do I group rows by month?", "<p>With <code>pandas</code> and a DataFrame ...</p>")


@dataclass(frozen=True)
class Plan:
    """How long everything takes."""

    training: int = 4000
    rounds: int = 3
    closed_seconds: float = 8.0
    capacity_questions: int = 1500
    open_seconds: float = 60.0
    typed: int = 30
    swap_seconds: float = 60.0
    swaps: int = 6
    soak_seconds: float = 600.0
    patience: float = 30.0
    """Seconds that are waited for other work on the machine to end, before each round and phase."""


QUICK = Plan(1500, 1, 4.0, 800, 12.0, 8, 12.0, 2, 15.0, 0.0)


@dataclass
class Found:
    """Everything measured, a list an item where it was repeated."""

    questions: str = ""
    capacity: list[float] = field(default_factory=list)
    capacity_cpu: list[float] = field(default_factory=list)
    closed: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)
    at_rest: dict[str, dict[str, float]] = field(default_factory=dict)
    after_load: dict[str, dict[str, float]] = field(default_factory=dict)
    around: list[tuple[float, float]] = field(default_factory=list)
    phases: dict[str, dict[str, Any]] = field(default_factory=dict)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Two minutes instead of twenty; not recorded.")
    parser.add_argument("--soak-minutes", type=float, help="How long the last phase takes (10).")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="Keep the trained models here, or use them.")
    parser.add_argument(
        "--only", nargs="+", metavar="PHASE", help="Only these: closed open repeat title body swap soak."
    )
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else Plan()
    if arguments.soak_minutes:
        plan = Plan(**{**vars(plan), "soak_seconds": arguments.soak_minutes * 60})
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as name, contextlib.ExitStack() as stack:
        found = Benchmark(Path(name), plan, stack, arguments.models, arguments.only).run()
    text = report(found)
    if arguments.dry_run or arguments.quick or arguments.only is not None:
        print(text)
    else:
        record("serving.py", "The service under load", text)


def say(line: str) -> None:
    """Tell what happens."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


class Benchmark:
    """One run."""

    def __init__(
        self, folder: Path, plan: Plan, stack: contextlib.ExitStack, models: Path | None, only: list[str] | None
    ) -> None:
        self._folder, self._plan, self._stack, self._only = folder, plan, stack, only
        self._models = models or folder / "models"
        self._found = Found(questions=read_asked()[1])
        home = Path(os.environ.get("TAGSTACK_HOME", PROJECT / ".tagstack")).resolve()
        self._environment = os.environ | {
            "TAGSTACK_HOME": str(home),
            "ZENML_CONFIG_PATH": str(folder / "zenml"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "TAGSTACK_BENCHMARK_MODEL": str(self._models / "1"),
        }

    def run(self) -> Found:
        """Do all phases."""
        self._train()
        servers = self._start()
        say("the load generator and the encoder alone")
        self._load: Helper = self._stack.enter_context(helper("load.py", environment=self._environment))
        capacity = helper("capacity.py", str(self._models / "1"), environment=self._environment)
        with capacity as self._alone:
            self._rounds(servers)
        ours = servers[0]
        rate = statistics.median(self._found.capacity) / 2
        if self._wanted("open"):
            self._phase("open", ours, kind="open", rate=rate, seconds=self._plan.open_seconds, seed=1)
        for kind in ("repeat", "title", "body"):
            if self._wanted(kind):
                self._phase(kind, ours, kind=kind, questions=self._plan.typed, steps=8, interval=0.05)
        if self._wanted("swap"):
            self._swap(rate)
        if self._wanted("soak"):
            job = {"rate": rate, "seconds": self._plan.soak_seconds, "seed": 2, "feedback_every": 10}
            self._phase("soak", ours, kind="open", **job)
        return self._found

    def _wanted(self, phase: str) -> bool:
        return not self._only or phase in self._only

    def _train(self) -> None:
        if (self._models / "mlflow" / "model").exists():
            return
        say("training two models")
        shutil.rmtree(self._models, ignore_errors=True)
        self._models.mkdir(parents=True)
        command = [sys.executable, str(BENCHMARKS / "trained.py"), str(self._models), str(self._plan.training)]
        with (self._folder / "training.log").open("wb") as log:
            done = subprocess.run(command, env=self._environment, cwd=PROJECT, stdout=log, stderr=log, check=False)
        if done.returncode:
            sys.exit((self._folder / "training.log").read_text()[-2000:])

    def _start(self) -> list[Server]:
        servers = [self._ours()]
        if self._wanted("closed"):
            servers += [self._plain(), self._mlflow()]
        return servers

    def _ours(self) -> Server:
        port = free_port()
        store = f"store.url=sqlite:///{self._folder / 'store.db'}"
        command = ["run.py", "--set", store, "serve", "--folder", str(self._models / "1"), "--port", str(port)]
        return self._serve("tagstack", [sys.executable, *command], port, "ours")

    def _plain(self) -> Server:
        port = free_port()
        options = ["--port", str(port), "--app-dir", str(BENCHMARKS), "--no-access-log", "--log-level", "warning"]
        return self._serve("plain FastAPI", [sys.executable, "-m", "uvicorn", *options, "peers:app"], port, "plain")

    def _mlflow(self) -> Server:
        port = free_port()
        model = str(self._models / "mlflow" / "model")
        command = ["mlflow", "models", "serve", "-m", model, "--env-manager", "local", "--port", str(port)]
        return self._serve("mlflow models serve", command, port, "mlflow")

    def _serve(
        self, name: str, command: list[str], port: int, shape: str, stack: contextlib.ExitStack | None = None
    ) -> Server:
        say(f"starting {name}")
        server = (stack or self._stack).enter_context(
            serving(
                name,
                command,
                port=port,
                shape=shape,
                message=ask(shape, *FIRST),
                folder=self._folder,
                environment=self._environment,
            )
        )
        self._found.cold[name] = server.cold_seconds
        self._found.at_rest[name] = server.memory()
        return server

    def _rounds(self, servers: list[Server]) -> None:
        """Measure what is compared in turns, the encoder alone before and after each turn of ours."""
        closed = self._wanted("closed")
        for server in servers:
            self._load(kind="closed", port=server.port, shape=server.shape, clients=8, seconds=2)
        for number in range(self._plan.rounds):
            wait_for_calm(self._plan.patience)
            before = self._capacity()
            for clients in reversed(CLIENTS) if closed else ():
                for server in servers:
                    say(f"round {number + 1}: {server.name}, {clients} clients")
                    self._closed(server, clients)
                    if clients == max(CLIENTS) and server is servers[0]:
                        self._found.around.append((before, self._capacity()))
        for server in servers:
            self._found.after_load[server.name] = server.memory()

    def _capacity(self) -> float:
        count = self._plan.capacity_questions
        found = self._alone(first=len(self._found.capacity) * count, count=count)
        rate = float(found["rate"])
        self._found.capacity_cpu.append(found["cpu_seconds"] / count)
        say(f"the encoder alone: {rate:.0f} questions/s")
        self._found.capacity.append(rate)
        return rate

    def _closed(self, server: Server, clients: int) -> None:
        job = {"shape": server.shape, "clients": clients, "seconds": self._plan.closed_seconds}
        found = self._measure(server, kind="closed", **job)
        say(f"  {found['in_time'] / found['seconds']:.0f} requests/s")
        self._found.closed.setdefault((server.name, clients), []).append(found)

    def _measure(self, server: Server, **job: Any) -> dict[str, Any]:
        own = Counter({"generator": 0.0})
        with watched(lambda: server.cpu_seconds() + own["generator"]) as around:
            found = self._load(port=server.port, **job)
            own["generator"] = found["cpu_seconds"]
        return {**found, **around}

    def _phase(self, name: str, server: Server, **job: Any) -> None:
        wait_for_calm(self._plan.patience)
        say(f"{name}: {job}")
        before = server.memory()
        found = self._measure(server, **job)
        self._found.phases[name] = {**found, "job": job, "before": before, "after": server.memory()}

    def _swap(self, rate: float) -> None:
        """Let a service follow the store's target from one version to the other and back under load."""
        plan, port, url = self._plan, free_port(), f"sqlite:///{self._folder / 'followed.db'}"
        point_to(url, self._models, 1)
        command = [sys.executable, str(BENCHMARKS / "following.py"), str(self._models), url, str(port)]
        with contextlib.ExitStack() as stack:
            server = self._serve("tagstack, following", command, port, "ours", stack)
            self._load(kind="closed", port=port, shape="ours", clients=8, seconds=2)
            stack.enter_context(swapping(url, self._models, swaps=plan.swaps, seconds=plan.swap_seconds))
            self._phase("swap", server, kind="open", rate=rate, seconds=plan.swap_seconds, seed=3)


if __name__ == "__main__":
    main()
