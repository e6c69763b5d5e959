"""The lab's report, written by the lab."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
from pydantic import TypeAdapter

from lab.clouds.recording import Sent
from lab.containers import Image
from lab.faults import FaultOutcome
from lab.runs import EMULATED, STACKS, StackRun
from lab.setting import QUESTIONS, UNTIL
from lab.shards import Backfill
from tagstack.paths import PROJECT

FILE = PROJECT / "docs" / "lab.md"
SCORES = {"micro_f1": "micro-F1", "jaccard": "Jaccard", "at_least_one_in_top_5": "hit@5", "coverage": "coverage"}


@dataclass
class Record:
    """What a lab has seen so far.

    Attributes:
        commit: What was run; several of them, one after the other, where the code changed between two parts.
        servers: Seconds that each server took to come up.
        runs: Training, by stack.
        others: How other pipelines ended, by stack and pipeline.
        compiled: What pipelines would send to clouds that nothing was sent to, by stack and pipeline.
        faults: What faults came to, by name.
        backfills: What the backfill cost, by number of shards.
        images: The images that were built.
        began: When.
        seconds: How long it took, all parts together.
        parts: In how many parts; more than one on a lab that was kept.
    """

    commit: str
    servers: dict[str, float] = field(default_factory=dict)
    runs: dict[str, StackRun] = field(default_factory=dict)
    others: dict[str, dict[str, str]] = field(default_factory=dict)
    compiled: dict[str, dict[str, Sent]] = field(default_factory=dict)
    faults: dict[str, FaultOutcome] = field(default_factory=dict)
    backfills: dict[int, Backfill] = field(default_factory=dict)
    images: list[Image] = field(default_factory=list)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    parts: int = 0


def save(record: Record, file: Path) -> None:
    """Keep what was seen, for the next part of a lab that is kept."""
    file.write_bytes(TypeAdapter(Record).dump_json(record))


def load(file: Path, commit: str) -> Record:
    """Return what earlier parts of a lab have seen, with their commits in the name of the commit."""
    if not file.exists():
        return Record(commit)
    known = TypeAdapter(Record).validate_json(file.read_bytes())
    known.runs = {stack: run for stack, run in known.runs.items() if run.worked}  # what failed is tried again
    if known.commit.split(", ")[-1] != commit:
        known.commit = f"{known.commit}, {commit}"
    return known


def write(record: Record, file: Path = FILE) -> None:
    """Write the report."""
    parts = f", in {record.parts} parts on servers that were kept" if record.parts > 1 else ""
    commits = "commit" if ", " not in record.commit else "one part after the other on the commits"
    runs = [record.runs[stack] for stack in (*STACKS, *EMULATED) if stack in record.runs]
    lines = [
        "# The lab",
        "",
        f"Written by `make lab` on {record.began:%Y-%m-%d}, {commits} {record.commit}, in",
        f"{record.seconds / 60:.0f} minutes on {machine()}{parts}.",
        "",
        f"The same command, `python run.py --pipeline training --until {UNTIL} --stack NAME`, on",
        f"every stack, on {QUESTIONS:,} generated questions in PostgreSQL; the servers are real ones on this machine.",
        "Trainings ran two stacks at a time, and beside them the faults on stack `server`, on servers of their own, so",
        "that their times are those of a busy machine; the backfill ran alone.",
        "What stands in no table here did not run.",
        "",
        *_servers(record.servers), *_runs(runs), *_steps(runs), *_others(record.others),
        *_backfills(record.backfills.values()), *_faults(record.faults.values()), *_compiled(record.compiled),
        *_images(record.images),
    ]  # fmt: skip
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def machine() -> str:
    """Name the machine."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    return f"{psutil.cpu_count()} cores of {model}, {psutil.virtual_memory().total / 2**30:.0f} GiB"


def _servers(servers: Mapping[str, float]) -> Iterator[str]:
    yield from ("## Servers", "", "| server | seconds until it answered |", "| --- | --- |")
    quickest = sorted(servers.items(), key=lambda pair: pair[1])
    yield from (f"| {name} | {seconds:.1f} |" for name, seconds in quickest)
    yield ""


def _runs(runs: Sequence[StackRun]) -> Iterator[str]:
    heads = [*SCORES.values(), "embeddings", "model"]
    yield from ("## Training", "", f"| stack | first run | second run | {' | '.join(heads)} |", "| --- " * 9 + "|")
    for run in runs:
        if not run.worked:
            yield f"| {run.stack} | {run.missing or 'failed'} " + "| " * 7 + "|"
            continue
        card = run.facts["scorecard"]
        scores = [f"{card['headline'][name]:.6f}" for name in SCORES]
        cells = [*scores, f"`{card['embeddings']}`", f"`{card['model']}`"]
        yield f"| {run.label} | {run.first['seconds']:.0f} s | {_again(run)} | {' | '.join(cells)} |"
    yield from ("", "Embeddings and the model's weights are told by the first 16 digits of their SHA-256.", "")


def _again(run: StackRun) -> str:
    if not run.second:
        return "none"
    return f"{run.second['seconds']:.0f} s, {len(run.cached())} of {len(run.again['steps'])} cached"


def _steps(runs: Sequence[StackRun]) -> Iterator[str]:
    done = [run for run in runs if run.worked]
    yield from ("## Where each step ran", "", f"| step | {' | '.join(run.label for run in done)} |")
    yield "| --- " * (len(done) + 1) + "|"
    for step in done[0].facts["steps"] if done else ():
        yield f"| {step} | {' | '.join(_place(run, step) for run in done)} |"
    pythons = ", ".join(f"{run.stack} {run.facts['python']}" for run in done)
    yield from ("", "As the container engine tells it; the number is the user in the container.")
    yield from (f"Python: {pythons}." if done else "", "Artifacts:", "")
    yield from (f"- {run.stack}: {', '.join(sorted(run.stores()))}" for run in done)
    yield ""


def _place(run: StackRun, step: str) -> str:
    seconds = run.facts["steps"][step]["seconds"]
    took = f", {seconds:.1f} s" if seconds is not None else ""
    return f"container, {run.where[step]}{took}" if step in run.where else f"this machine{took}"


def _others(others: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield from ("## Other pipelines", "", "| stack | pipeline | outcome |", "| --- | --- | --- |")
    yield from (f"| {stack} | {name} | {told} |" for stack, known in others.items() for name, told in known.items())
    yield ""


def _backfills(backfills: Iterable[Backfill]) -> Iterator[str]:
    done = [one for one in backfills if one.report]
    heads = "| shards | texts encoded | seconds | of those in shards | shards of one shard |"
    yield from ("## Backfill against shards", "", "Stack docker, each time on an empty vector cache.", "", heads)
    yield "| --- " * 5 + "|"
    for one in done:
        spent = one.report["shard_seconds"]
        cells = (one.shards, f"{one.report['encoded']:,}", f"{one.outcome.seconds:.0f}", f"{spent:.1f}")
        yield f"| {' | '.join(map(str, cells))} | {spent / done[0].report['shard_seconds']:.2f} |"
    yield ""


def _faults(faults: Iterable[FaultOutcome]) -> Iterator[str]:
    heads = "| fault | stack | the run | seconds | what it said | the same command again | left half done |"
    yield from ("## Faults", "", heads, "| --- " * 7 + "|")
    for one in faults:
        ended = "came through" if one.code == 0 else f"exit code {one.code}"
        again = f"{'done' if one.next_code == 0 else f'exit code {one.next_code}'}, {one.cached} steps cached"
        said = one.error.removeprefix("Error: ").replace("|", "\\|")
        half = ", ".join(one.half) or "nothing"
        yield f"| {one.fault} | {one.stack} | {ended} | {one.seconds:.0f} | {said} | {again} | {half} |"
    yield ""


def _compiled(known: Mapping[str, Mapping[str, Sent]]) -> Iterator[str]:
    if not known:
        return
    yield from ("## Compiled and not run", "", "| stack | pipeline | what would be sent |", "| --- | --- | --- |")
    for stack, pipelines in known.items():
        for name, one in pipelines.items():
            size = len(str(one.definition))
            yield f"| {stack} | {name} | {one.refused or f'{len(one.steps)} steps, {size:,} characters'} |"
    yield ""


def _images(images: Sequence[Image]) -> Iterator[str]:
    yield from ("## Images", "", "| image | GB uncompressed | user |", "| --- | --- | --- |")
    yield from (f"| {one.name.rpartition('/')[2]} | {one.bytes / 1e9:.2f} | {one.user or 'root'} |" for one in images)
