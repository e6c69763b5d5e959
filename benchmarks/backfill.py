"""The backfill pipeline on real questions, in 1, 2, 4 and 8 shards, and what a whole history costs by that.

Each run is a process of its own with an empty ZenML store and vector cache, as a person starts it, on stack `local`;
the lab does the same on `docker`. What 24 million questions cost is worked out from the run with one shard and
written into docs/backfill.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record
from training import load

DATA = PROJECT.parent / "shared" / "data" / "so_general_2008_2018.parquet"
DOCUMENT = PROJECT / "docs" / "backfill.md"
SHARDS = (1, 2, 4, 8)
HISTORY = 24_000_000
MACHINES = (1, 4, 16, 64)
KEY_BYTES = 20
"""Of a vector's key and checksum."""
READ = """
import json, sys
from zenml.client import Client
run = Client().list_pipeline_runs(pipeline="backfill", sort_by="desc:created", size=1, hydrate=True).items[0]
run = Client().get_pipeline_run(run.id)
report = run.steps["summarise"].regular_outputs["backfill_report"].load()
print(json.dumps(report.model_dump(mode="json")))
"""


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=6000, help="Of each run.")
    parser.add_argument("--price", type=float, default=0.05, help="Of a core for an hour, for the table of costs.")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave the files as they are.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as name:
        url = f"sqlite:///{Path(name) / 'posts.db'}"
        load(url, pd.read_parquet(DATA).sample(arguments.questions, random_state=1))
        runs = {shards: _run(shards, url, Path(name)) for shards in SHARDS}
    if arguments.dry_run:
        print(_table(runs), "\n\n", _costs(runs, arguments))
        return
    record("backfill.py", "Backfill against shards, stack local", _table(runs))
    record("backfill.py", "What 24 million questions cost", _costs(runs, arguments), file=DOCUMENT)


def _run(shards: int, url: str, folder: Path) -> dict[str, Any]:
    """Backfill; return the report with the wall time of the process."""
    environment = os.environ | {
        "ZENML_CUSTOM_SOURCE_ROOT": str(PROJECT), "ZENML_CONFIG_PATH": str(folder / f"zenml-{shards}"),
    }  # fmt: skip
    _prepare(environment)
    options = ["--stack", "local", "--pipeline", "backfill", "--database-url", url, "--shards", str(shards)]
    started = time.monotonic()
    subprocess.run([sys.executable, "run.py", *options], cwd=PROJECT, env=environment, check=True)
    wall = time.monotonic() - started
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1]) | {"wall": wall}


def _prepare(environment: dict[str, str]) -> None:
    """Make the ZenML store, which a first run would make, and the encoder, which is made once on a machine."""
    code = (
        "from stacks.activation import use_stack; use_stack('local'); "
        "from tagstack.encoder.offline import offline_folder; offline_folder()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, check=True, capture_output=True)


def _table(runs: dict[int, dict[str, Any]]) -> str:
    first = runs[1]
    header = ["shards", "questions", "texts encoded", "wall s", "of one shard", "in shards s", "the rest s", "tokens/s"]
    rows = [
        [
            shards,
            report["questions"],
            report["encoded"],
            f"{report['wall']:.1f}",
            f"{report['wall'] / first['wall']:.2f}",
            f"{report['shard_seconds']:.1f}",
            f"{report['wall'] - report['shard_seconds']:.1f}",
            f"{report['tokens'] / report['shard_seconds']:,.0f}",
        ]
        for shards, report in runs.items()
    ]
    return (
        "The same questions each time. On one machine shards run one after the other, as each uses all cores; `of one "
        f"shard` is wall time against that of one.\n\n{markdown_table(header, rows)}\n\n"
        f"Of the time in the one shard:\n\n{_shares(first)}"
    )


def _shares(report: dict[str, Any]) -> str:
    kinds = ("reading", "preparing", "loading", "encoding", "storing")
    spent = {kind: sum(shard[f"{kind}_seconds"] for shard in report["shards"]) for kind in kinds}
    spent["looking up and the rest"] = report["shard_seconds"] - sum(spent.values())
    rows = [[kind, f"{seconds:.1f}", f"{seconds / report['shard_seconds']:.0%}"] for kind, seconds in spent.items()]
    return markdown_table(["part", "s", "share"], rows)


def _costs(runs: dict[int, dict[str, Any]], arguments: argparse.Namespace) -> str:
    """Work out a whole history from what one shard did in its reading, preparing, encoding and storing."""
    report, cores = runs[1], len(os.sched_getaffinity(0))
    kinds = ("reading", "preparing", "encoding", "storing")
    work = sum(shard[f"{kind}_seconds"] for shard in report["shards"] for kind in kinds)
    start = report["shard_seconds"] - work
    speed = report["questions"] / work
    texts = report["texts"] / report["questions"]
    vector = report["dimension"] * 4 + KEY_BYTES
    each = (runs[8]["wall"] - runs[8]["shard_seconds"] - runs[1]["wall"] + runs[1]["shard_seconds"]) / 7
    facts = [
        [f"questions a second, machine of {cores} cores", f"{speed:.1f}"],
        ["questions a second and core", f"{speed / cores:.1f}"],
        ["tokens of a question", f"{report['tokens'] / report['questions']:.0f}"],
        ["share of reading and preparing", f"{_part(report, 'reading', 'preparing') / work:.1%}"],
        ["start of a shard (TensorFlow, encoder), s", f"{start:.1f}"],
        ["ZenML's own time a shard, s", f"{each:.1f}"],
        ["texts of a question", f"{texts:.2f}"],
        ["bytes of a vector with its key", f"{vector:,}"],
    ]
    rows = [_cluster(count, speed, start, cores, arguments.price) for count in MACHINES]
    stored = HISTORY * texts * vector / 1e9
    return (
        f"Measured on {report['questions']:,} real questions in one shard:\n\n{markdown_table(['', ''], facts)}\n\n"
        f"Worked out for {HISTORY:,} questions of the same lengths, a shard a machine of {cores} such cores "
        f"(not run at that size; machines, database and store are taken to keep up):\n\n"
        f"{markdown_table(['machines', 'hours', 'core hours', f'at {arguments.price} a core hour'], rows)}\n\n"
        f"The vectors take {stored:,.0f} GB, {HISTORY * texts / 32768:,.0f} full segments of 67 MB. Each shard keeps "
        f"{HISTORY * texts * 8 / 1e9:.1f} GB of keys in memory when the cache is full, and reads "
        f"{HISTORY * texts * KEY_BYTES / 1e9:.1f} GB of them when it starts on a full one."
    )


def _part(report: dict[str, Any], *kinds: str) -> float:
    return sum(shard[f"{kind}_seconds"] for shard in report["shards"] for kind in kinds)


def _cluster(machines: int, speed: float, start: float, cores: int, price: float) -> list[str]:
    hours = (HISTORY / machines / speed + start) / 3600
    total = hours * machines * cores
    return [str(machines), f"{hours:,.1f}", f"{total:,.0f}", f"{total * price:,.0f}"]


if __name__ == "__main__":
    main()
