"""The whole training pipeline on the real questions: first run, 1% new questions, everything cached.

Each run is a process of its own on a ZenML store of its own, as a person starts it. Wall time and the greatest resident
memory of the process are what the operating system says.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record

from tagstack.questions.schema import POSTS

DATA = PROJECT.parent / "shared" / "data" / "so_general_2008_2018.parquet"
NEW_SHARE = 0.01


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as name:
        folder = Path(name)
        questions = pd.read_parquet(DATA).sort_values("Id")
        new = max(int(len(questions) * NEW_SHARE), 1)
        newest = questions.nlargest(new, "CreationDate").index
        url = f"sqlite:///{folder / 'posts.db'}"
        load(url, questions.drop(newest))
        runs = [("first run", *run(url, folder, arguments.assignments))]
        load(url, questions.loc[newest])
        runs.append((f"{new} new questions of {len(questions)}", *run(url, folder, arguments.assignments)))
        runs.append(("nothing new", *run(url, folder, arguments.assignments)))
    first = runs[0][1]
    header = ["run", "wall s", "of the first", "peak memory GiB"]
    rows = [[title, f"{wall:.0f}", f"{wall / first:.2f}", f"{memory:.2f}"] for title, wall, memory, _ in runs]
    text = f"{markdown_table(header, rows)}\n\nWhat the first run printed:\n\n```\n{runs[0][3].strip()}\n```"
    print(text) if arguments.dry_run else record("training.py", "Training on 22,040 real questions", text)


def load(url: str, questions: pd.DataFrame) -> None:
    """Insert questions into the Posts table."""
    engine = sa.create_engine(url)
    POSTS.metadata.create_all(engine, tables=[POSTS])
    rows = [
        {
            "Id": int(row.Id),
            "PostTypeId": 1,
            "CreationDate": row.CreationDate.to_pydatetime(),
            "Title": row.Title,
            "Body": row.Body,
            "Tags": "".join(f"<{tag}>" for tag in row.Tags.split("|")),
            "Score": int(row.Score),
        }
        for row in questions.itertuples()
    ]
    with engine.begin() as connection:
        connection.execute(POSTS.insert(), rows)
    engine.dispose()


def run(url: str, folder: Path, assignments: list[str]) -> tuple[float, float, str]:
    """Run the pipeline; return seconds, GiB and what it printed."""
    environment = os.environ | {"ZENML_CONFIG_PATH": str(folder / "zenml"), "TAGSTACK_HOME": str(folder / "home")}
    options = [word for assignment in assignments for word in ("--set", assignment)]
    command = [sys.executable, "run.py", "--pipeline", "training", "--database-url", url, *options]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        out.seek(0)
        printed = out.read()
    if status:
        sys.exit(f"The run failed with status {status}.")
    return wall, usage.ru_maxrss / 2**20, printed


if __name__ == "__main__":
    main()
