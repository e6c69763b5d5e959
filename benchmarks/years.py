"""The drift pipeline on real questions, year against year: one source of the mixed set, by the usual commands.

A model is trained on the first years and brought into production; then each later year is a window. Nothing is
planted, so there is no truth to compare with: the table shows what a person would be told.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import record

from tagstack.questions.schema import METADATA, POSTS

DATA = PROJECT.parent / "shared" / "data" / "so_mixed_2008_2021.parquet"
SOURCE, UNTIL, YEARS = "alnp", 2019, (2019, 2020, 2021)
SETTINGS = ("labels.min_support=20", "policy.floors.micro_f1=0.3", "policy.floors.jaccard=0.2")
PROMOTE = """
from zenml.enums import ModelStages
from stacks import versions
from stacks.activation import use_stack
use_stack("local")
versions.stage_version(versions.find_version("tagstack"), ModelStages.PRODUCTION)
"""


def main() -> None:
    """Train, watch, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as folder:
        text = _measure(Path(folder))
    if arguments.dry_run:
        print(text)
    else:
        record("years.py", "Drift on real questions, year against year", text)


def _measure(folder: Path) -> str:
    url = f"sqlite:///{folder / 'posts.db'}"
    count = _write_posts(url)
    home = os.environ.get("TAGSTACK_HOME", str(PROJECT / ".tagstack"))
    environment = os.environ | {"ZENML_CONFIG_PATH": str(folder / "zenml"), "TAGSTACK_HOME": home}
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    common = [sys.executable, "run.py", "--database-url", url, *settings]
    trained = _run([*common, "--until", f"{UNTIL}-01-01", "--pipeline", "training"], environment)
    _run([sys.executable, "-c", PROMOTE], environment)
    rows = []
    for year in YEARS:
        window = ["--since", f"{year}-01-01", "--until", f"{year + 1}-01-01"]
        rows.append(_row(year, _run([*common, *window, "--pipeline", "drift", "--on-drift", "report"], environment)))
    model = next(line for line in trained.splitlines() if line.startswith("model "))
    return "\n".join([
        f"{count:,} questions of source {SOURCE}; the model knows those before {UNTIL} (on its newest 15%: micro-F1,",
        f"Jaccard, at least one true tag in the top 5, coverage {', '.join(model.split()[1:])}).",
        "",
        "| year | questions | drift | what is said of it |",
        "| --- | ---: | --- | --- |",
        *rows,
    ])  # fmt: skip


def _write_posts(url: str) -> int:
    posts = pd.read_parquet(DATA)
    own = posts[posts["Source"] == SOURCE].drop_duplicates("Id")
    columns = {"Id": own["Id"], "Title": own["Title"], "Body": own["Body"], "Tags": own["Tags"], "Score": own["Score"]}
    dates = pd.to_datetime(own["CreationDate"]).dt.strftime("%Y-%m-%dT%H:%M:%S.000")
    rows = pd.DataFrame(columns).assign(PostTypeId=1, CreationDate=dates).to_dict("records")
    engine = sa.create_engine(url)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(POSTS), rows)
    engine.dispose()
    return len(own)


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr[-600:], file=sys.stderr)
    if done.returncode:
        sys.exit(f"{' '.join(command[1:4])} ended with {done.returncode}.")
    return done.stdout


def _row(year: int, told: str) -> str:
    lines = told.splitlines()
    [questions] = re.findall(r": ([\d,]+) questions", lines[0])
    [drift] = [line.removeprefix("Drift: ") for line in lines if line.startswith("Drift: ")]
    reasons = [line.strip() for line in lines if line.startswith("  ") and ": " in line and "missing" not in line]
    told = "; ".join(reasons).replace("|", "\\|")
    return f"| {year} | {questions} | {drift} | {told} |"


if __name__ == "__main__":
    main()
