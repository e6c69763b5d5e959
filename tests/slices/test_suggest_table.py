"""`run.py suggest --write-table`: batch deployment, from a database into a table and back to the terminal."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from stacks.versions import find_version, load_tag_model
from tagstack.suggestion import make_suggester

LINE = r"{} suggested, {} were up to date; [\d,]+ a second; model version {}: the table suggestions in {}\n"


@pytest.fixture
def url(make_posts):
    titles = ["How do I group rows by month in pandas?", "Segfault in C", "Center a div in CSS", None]
    return make_posts([{"Title": titles[n % 4], "CreationDate": f"2024-01-{n + 1:02}T10:00:00"} for n in range(20)])


def rows(url, columns="post_id", table="suggestions"):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    found = connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()
    connection.close()
    return found


def said(door, *args):
    result = door("suggest", "--model", "1", *args)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    return result.stderr


def test_a_window_is_suggested_once_and_the_same_options_stand_before_or_after_the_command(first_run, door, url):
    window = ("--database-url", url, "--since", "2024-01-03", "--until", "2024-01-13")
    assert re.fullmatch(LINE.format(10, 0, 1, re.escape(url)), said(door, *window, "--write-table", "suggestions"))
    again = door(*window, "suggest", "--model", "1", "--write-table", "suggestions")
    assert re.fullmatch(LINE.format(0, 10, 1, re.escape(url)), again.stderr)
    model = load_tag_model(find_version("tagstack", "1"))
    [expected] = make_suggester(model).suggest(["Center a div in CSS"], ["<p>Words</p>"])
    [number, top, *made_by] = rows(url, "post_id, top, model_version, model_sha256")[0]
    assert (number, made_by) == (3, [1, model.sha256])
    assert top == str(expected.top).replace("'", '"')


def test_suggestions_go_to_another_database(first_run, door, url, tmp_path):
    target = f"sqlite:///{tmp_path / 'tags.db'}"
    assert said(door, "--database-url", url, "--write-table", "suggestions", "--write-url", target, "--top", "3")
    assert len(rows(target)) == 20
    assert rows(url, "name", "sqlite_master") == [("Posts",), ("PostsWatermark",)]


def test_a_killed_run_is_finished_by_the_next(first_run, door, make_posts, project):
    url = make_posts(
        [{"Title": f"Question {n} on pandas", "Body": "<p>" + f"Rows {n} " * 40 + "</p>"} for n in range(2000)]
    )
    command = [
        sys.executable,
        "run.py",
        "suggest",
        "--database-url",
        url,
        "--write-table",
        "suggestions",
        "--model",
        "1",
    ]
    process = subprocess.Popen(command, cwd=project, env=os.environ, stderr=subprocess.DEVNULL)
    while process.poll() is None and not _has_rows(url):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = len(rows(url))
    assert 512 <= kept < 2000
    line = said(door, "--database-url", url, "--write-table", "suggestions")
    assert line.startswith(f"{2000 - kept:,} suggested, {kept:,} were up to date; ")
    assert rows(url) == [(number,) for number in range(1, 2001)]


def _has_rows(url):
    try:
        return rows(url, "count(*)") > [(0,)]
    except sqlite3.OperationalError:
        return False


def test_what_cannot_be_written_to_is_one_line_and_stays_as_it_is(first_run, refused, url, tmp_path):
    table = ("suggest", "--model", "1", "--write-table")
    line = refused(*table, "PostsX", "--database-url", url, "--write-url", f"sqlite:///{tmp_path}/no/x.db", code=2)
    assert "unable to open database file" in line
    line = refused(*table, "tags", "--database-url", f"{url}?mode=ro", code=2)
    assert "is named for reading only (mode=ro); name another database by --write-url." in line
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute("CREATE TABLE tags (post_id INTEGER PRIMARY KEY, tag TEXT)")
    connection.close()
    line = refused(*table, "tags", "--database-url", url, code=2)
    assert "the table tags in sqlite:///" in line
    assert "has the columns post_id, tag and not post_id, suggested, top, scores, " in line
    assert rows(url, "*", "tags") == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--write-table", "a b"), "'a b' is no name of a table"),
        (("--write-table", "posts"), "posts is the table of the questions"),
        (("--write-table", "tags"), "The sample is not written to: name --database-url, or another database by"),
        (("--write-table", "t", "--database-url", "postgresql://r:hunter2@127.0.0.1:1/so"), "Cannot reach"),
        (("--write-table", "t", "--since", "2024-02-01", "--until", "2024-01-01"), "must be before until"),
    ],
)
def test_a_call_that_cannot_work_is_refused_before_a_model_is_loaded(refused, args, message):
    assert message in refused("suggest", *args, code=2)


def test_an_empty_window_and_an_unknown_version_make_no_table(first_run, refused, url):
    table = ("suggest", "--write-table", "tags", "--database-url", url)
    assert "No question of" in refused(*table, "--since", "2031-01-01", code=2)
    assert "has no version '99'" in refused(*table, "--model", "99", code=2)
    assert ("tags",) not in rows(url, "name", "sqlite_master")
