"""Preparation against the obvious script: BeautifulSoup with html.parser in DataFrame.apply, then drop_duplicates.

Both clean the same questions in turn, in one process, on the real questions where they are present and on generated
ones elsewhere. It is also counted on how many bodies the fast parser and BeautifulSoup disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
from bs4 import BeautifulSoup

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record

from tagstack.config import PreparationSettings
from tagstack.duplicates import near_duplicate_groups, signatures
from tagstack.html import read_with_soup, remove_html
from tagstack.preparation import PreparationCount, clean_questions, prepare
from tagstack.privacy import mask
from tagstack.table import QUESTIONS, Table, write_table

DATA = PROJECT.parent / "shared" / "data"
GOAL = 10.0
CHUNK = 4_000
OBVIOUS, ONE_PASS = "obvious script, a function a column", "obvious script, parsing once"
CLEANING, WHOLE = "cleaning", "all of prepare"


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=22_040)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    frame, origin = load(arguments.questions)
    seconds = measure(frame, arguments.rounds)
    rows = [[name, f"{value:.2f}", f"{len(frame) / value:,.0f}"] for name, value in seconds.items()]
    unequal = sum(differs(body) for body in frame["Body"])
    facts = {
        "questions": len(frame),
        "unequal_to_beautifulsoup": unequal,
        "cleaning_over_obvious": round(seconds[OBVIOUS] / seconds[CLEANING], 1),
        "cleaning_over_one_pass": round(seconds[ONE_PASS] / seconds[CLEANING], 1),
        "prepare_over_obvious": round(seconds[OBVIOUS] / seconds[WHOLE], 1),
    }
    text = (
        f"{len(frame):,} {origin}, {frame['Body'].str.len().mean():,.0f} characters of HTML each, on one core.\n\n"
        f"{markdown_table(['what', 'seconds', 'documents/s'], rows)}\n\n"
        f"Cleaning (HTML, white space, exact duplicates) is {facts['cleaning_over_obvious']} times as fast as the "
        f"obvious script (goal {GOAL:.0f}) and {facts['cleaning_over_one_pass']} times as fast as one that parses each "
        f"body only once. All of `prepare`, with near-duplicates, reading and writing: {facts['prepare_over_obvious']} "
        f"times. Bodies whose prose or code differ from BeautifulSoup's: {unequal}.\n\n"
        f"```json\n{json.dumps(facts)}\n```"
    )
    print(text) if arguments.dry_run else record("preparation.py", "Preparation", text)


def load(count: int) -> tuple[pd.DataFrame, str]:
    """Return questions with their Id, CreationDate, Title, Body and Tags, and say what they are."""
    file = DATA / "so_general_2008_2018.parquet"
    if file.exists():
        return pd.read_parquet(file).head(count).reset_index(drop=True), "real questions"
    body = (
        "<p>How do I sort a <code>list</code> of {0} in C#?</p>\n\n"
        "<pre><code>var x = {0};\n{1}</code></pre>\n\n<ul>{2}</ul>"
    )
    rows = [
        {
            "Id": number,
            "CreationDate": pd.Timestamp("2020-01-01") + pd.Timedelta(minutes=number),
            "Title": f"Sorting {number} things",
            "Body": body.format(number, "x.Sort();\n" * 40, f"<li>it took <b>{number}</b> &lt; 5 s</li>\n" * 15),
            "Tags": "c#|sorting",
        }
        for number in range(count)
    ]
    return pd.DataFrame(rows), "generated questions"


def differs(body: str) -> bool:
    """Say whether the parsers disagree."""
    fast, reference = remove_html(body), read_with_soup(body)
    return (fast.text, fast.code) != (reference.text, reference.code)


def to_table(frame: pd.DataFrame) -> Table:
    """Store the questions as `prepare` reads them."""
    columns = {
        "post_id": frame["Id"],
        "created_at": frame["CreationDate"].dt.tz_localize("UTC"),
        "title": frame["Title"],
        "body": frame["Body"],
        "tags": frame["Tags"].str.split("|"),
        "score": 0,
    }
    return write_table([pa.Table.from_pandas(pd.DataFrame(columns), QUESTIONS, preserve_index=False)], QUESTIONS)


def obvious(frame: pd.DataFrame) -> pd.DataFrame:
    """Clean questions as one would at first: a function a column."""

    def text_of(row: pd.Series) -> str:
        soup = BeautifulSoup(row["Body"], "html.parser")
        for block in soup.find_all("pre"):
            block.decompose()
        return " ".join(soup.get_text(" ").split())

    def code_of(row: pd.Series) -> str:
        soup = BeautifulSoup(row["Body"], "html.parser")
        return "\n\n".join(block.get_text() for block in soup.find_all("pre"))

    texts, codes = frame.apply(text_of, axis="columns"), frame.apply(code_of, axis="columns")
    return without_empty_and_repeated(frame.assign(text=texts, code=codes))


def obvious_in_one_pass(frame: pd.DataFrame) -> pd.DataFrame:
    """Clean questions the same way, but parse each body once only."""

    def clean(row: pd.Series) -> tuple[str, str]:
        soup = BeautifulSoup(row["Body"], "html.parser")
        blocks = [block.extract() for block in soup.find_all("pre")]
        return " ".join(soup.get_text(" ").split()), "\n\n".join(block.get_text() for block in blocks)

    columns = frame.apply(clean, axis="columns", result_type="expand")
    return without_empty_and_repeated(frame.assign(text=columns[0], code=columns[1]))


def without_empty_and_repeated(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop empty documents and exact duplicates."""
    return frame[(frame["Title"] + frame["text"]).str.len() > 0].drop_duplicates(["Title", "text", "code"])


def measure(frame: pd.DataFrame, rounds: int) -> dict[str, float]:
    """Return the seconds of each piece of work over all questions.

    The pieces take turns, a few thousand questions at a time, and of each turn the fastest round counts, so that other
    work on the machine touches them alike.
    """
    seconds: dict[str, float] = {}
    for start in range(0, len(frame), CHUNK):
        work = pieces(frame.iloc[start : start + CHUNK])
        taken: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, run in work.items():
                begin = time.perf_counter()
                run()
                taken[name].append(time.perf_counter() - begin)
        seconds = {name: seconds.get(name, 0.0) + min(values) for name, values in taken.items()}
    return seconds


def pieces(frame: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """Return the pieces of work on some questions."""
    settings, table = PreparationSettings(), to_table(frame)
    questions = table.arrow().to_pylist()
    documents = prepare(table, settings=settings).documents.frame(["post_id", "title", "text"])
    ids, texts = documents["post_id"].to_numpy(), list(documents["title"] + "\n" + documents["text"])
    return {
        OBVIOUS: lambda: obvious(frame),
        ONE_PASS: lambda: obvious_in_one_pass(frame),
        CLEANING: lambda: clean_questions(questions, settings, PreparationCount()),
        WHOLE: lambda: prepare(table, settings=settings),
        "of which near-duplicates": lambda: near_duplicate_groups(ids, signatures(texts), similarity=0.8),
        "beside it: masking personal data": lambda: [mask(body) for body in frame["Body"]],
    }


if __name__ == "__main__":
    main()
