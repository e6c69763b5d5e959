"""Suggestions for a window: each question once, nothing done again, and nothing lost where it ends early."""

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa

from tagstack import suggestion_window
from tagstack.config import SourceSettings
from tagstack.errors import SourceError, StorageError
from tagstack.model.tagmodel import save_model
from tagstack.questions.reader import open_source
from tagstack.suggestion import Suggester, question_sha256
from tagstack.suggestion_table import define_table, open_table
from tagstack.suggestion_window import Outcome, suggest_window

ALL = SourceSettings()


@pytest.fixture
def suggester(make_model, make_encoder):
    return Suggester(make_model(), make_encoder())


@pytest.fixture
def database(tmp_path):
    """Questions 1 to 30 of January 2024, one a day, in an SQLite file; they mention `sql` or `java` in turn."""
    connection = sqlite3.connect(tmp_path / "posts.db")
    connection.execute("CREATE TABLE Posts (Id, PostTypeId INT, CreationDate TEXT, Title TEXT, Body TEXT, Tags TEXT)")
    rows = [
        (day, 1, f"2024-01-{day:02}T10:00:00", ("sql", "java")[day % 2], f"<p>{day}</p>", "<a>") for day in range(1, 31)
    ]
    connection.executemany("INSERT INTO Posts VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture
def url(database, tmp_path):
    return f"sqlite:///{tmp_path / 'posts.db'}"


@pytest.fixture(autouse=True)
def _chunks_of_eight(monkeypatch):
    monkeypatch.setattr(suggestion_window, "CHUNK_ROWS", 8)


def run(suggester, url, settings=ALL, *, write_url=None, **options):
    with open_source(url) as source, open_table(write_url or url, define_table("suggestions")) as table:
        return suggest_window(suggester, source, settings, table, **{"version": 1, "top": 2, **options})


def rows(url):
    with open_table(url, define_table("suggestions")) as table:
        return table.connection.execute(sa.select(table.table).order_by("post_id")).all()


def test_each_question_of_the_window_gets_its_row_beside_the_questions(suggester, url):
    window = SourceSettings(since=dt.date(2024, 1, 3), until=dt.date(2024, 1, 23))
    advanced = []
    assert run(suggester, url, window, progress=advanced.append) == Outcome(20, 0, 0)
    assert advanced == [8, 8, 4]
    found = rows(url)
    assert [row.post_id for row in found] == list(range(3, 23))
    assert (found[0].suggested, found[0].top, found[0].scores) == (["java"], ["java", "python"], [0.5, 0.268941])
    assert {(row.model_version, row.model_sha256) for row in found} == {(1, suggester.model.sha256)}
    assert found[0].question_sha256 == question_sha256("java", "<p>3</p>")


def test_a_row_says_what_the_suggester_says(suggester, url):
    run(suggester, url, top=3)
    for row in rows(url)[:4]:
        [found] = suggester.suggest([("sql", "java")[row.post_id % 2]], [f"<p>{row.post_id}</p>"], top=3)
        assert {name: getattr(row, name) for name in vars(found)} == vars(found)


def test_writing_to_the_file_that_is_being_read_waits_for_nobody(suggester, url):
    assert run(suggester, url, SourceSettings(chunk_rows=4)) == Outcome(30, 0, 0)


def test_a_second_run_asks_the_encoder_nothing(suggester, url, make_encoder):
    run(suggester, url)
    encoder = make_encoder()
    assert run(Suggester(suggester.model, encoder), url) == Outcome(0, 30, 0)
    assert encoder._module().texts == []


def test_what_changed_is_done_again_and_nothing_else(suggester, url, database):
    run(suggester, url)
    database.execute("UPDATE Posts SET Title = 'python' WHERE Id = 11")
    database.execute("UPDATE Posts SET Body = '<p>\n12 </p>  ' WHERE Id = 12")
    database.execute("UPDATE Posts SET Tags = '<b>' WHERE Id = 13")
    database.execute("INSERT INTO Posts SELECT 31, 1, CreationDate, Title, Body, Tags FROM Posts WHERE Id = 1")
    database.commit()
    assert run(suggester, url) == Outcome(3, 28, 0)
    assert (rows(url)[10].suggested, len(rows(url))) == (["python"], 31)


def test_another_model_or_another_number_of_ranked_tags_does_all_again(suggester, url, make_model, make_encoder):
    run(suggester, url)
    other = Suggester(make_model(("sql", "java")), make_encoder(("sql", "java")))
    assert run(other, url, version=2) == Outcome(30, 0, 0)
    assert {row.model_version for row in rows(url)} == {2}
    assert run(other, url, version=2, top=1) == Outcome(30, 0, 0)
    assert run(other, url, version=2, top=5) == Outcome(30, 0, 0)
    assert run(other, url, version=2, top=9) == Outcome(0, 30, 0)


def test_rows_of_other_windows_stay(suggester, url):
    run(suggester, url, SourceSettings(until=dt.date(2024, 1, 11)))
    before = rows(url)
    assert run(suggester, url, SourceSettings(since=dt.date(2024, 1, 11))) == Outcome(20, 0, 0)
    assert rows(url)[:10] == before


def test_odd_questions_get_a_row_too_and_those_without_an_id_are_counted(suggester, url, database):
    odd = [(None, "sql"), ("x", "sql"), (40, None), (41, b"\xff sql\0"), (42, 5), (2.5, "sql"), (41, "java")]
    for number, title in odd:
        database.execute("INSERT INTO Posts VALUES (?, 1, '2024-02-01', ?, NULL, NULL)", (number, title))
    database.commit()
    assert run(suggester, url, SourceSettings(since=dt.date(2024, 2, 1))) == Outcome(3, 0, 3)
    assert [row.post_id for row in rows(url)] == [40, 41, 42]


def test_suggestions_go_to_another_database_and_leave_that_of_the_questions_alone(suggester, url, database, tmp_path):
    target = f"sqlite:///{tmp_path / 'tags.db'}"
    run(suggester, url, write_url=target)
    assert len(rows(target)) == 30
    assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("Posts",)]


def test_an_empty_window_is_the_callers_mistake(suggester, url):
    with pytest.raises(SourceError, match=r"No question of .* lies in the window"):
        run(suggester, url, SourceSettings(since=dt.date(2030, 1, 1)))


def test_a_run_that_fails_keeps_its_finished_chunks_and_the_next_goes_on(suggester, url, database):
    with open_table(url, define_table("suggestions")):
        pass
    database.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON suggestions WHEN NEW.post_id = 20 BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    database.commit()
    with pytest.raises(StorageError, match=r"Cannot write the table suggestions in .*: no; check that you may write"):
        run(suggester, url)
    assert len(rows(url)) == 16
    database.execute("DROP TRIGGER stop")
    database.commit()
    assert run(suggester, url) == Outcome(14, 16, 0)


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np, sqlalchemy as sa
from tagstack import suggestion_window
from tagstack.config import SourceSettings
from tagstack.encoder import Encoder
from tagstack.model.tagmodel import load_model
from tagstack.questions.reader import open_source
from tagstack.suggestion import Suggester
from tagstack.suggestion_table import define_table, open_table

def words(texts):
    return np.array([[text.split().count(word) for word in ("java", "python", "sql")] for text in texts], np.float32)

folder, url, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
suggestion_window.CHUNK_ROWS = 8

@sa.event.listens_for(sa.Engine, "commit")
def die(_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

model = load_model(Path(folder))
suggester = Suggester(model, Encoder(model.encoder, lambda: words, 16))
with open_source(url) as source, open_table(url, define_table("suggestions")) as table:
    suggestion_window.suggest_window(suggester, source, SourceSettings(), table, version=1, top=2)
"""


@pytest.mark.parametrize(("commit", "kept"), [(5, 8), (6, 16)], ids=["before a commit", "between two chunks"])
def test_a_killed_run_loses_no_chunk_and_doubles_none(suggester, url, tmp_path, project, commit, kept):
    save_model(suggester.model, tmp_path)
    command = [sys.executable, "-c", KILLED, str(tmp_path), url, str(commit)]
    killed = subprocess.run(command, cwd=project, env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [row.post_id for row in rows(url)] == list(range(1, kept + 1))
    assert run(suggester, url) == Outcome(30 - kept, kept, 0)
    assert [row.post_id for row in rows(url)] == list(range(1, 31))
