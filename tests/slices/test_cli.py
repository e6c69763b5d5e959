"""The door with a ZenML store behind it: what each command prints, and how it ends where it cannot work."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from zenml.client import Client

from stacks.versions import find_version, load_tag_model
from tagstack.suggestion import make_suggester

SECRET = "postgresql://reader:hunter2@127.0.0.1:1/so"
QUESTION = ("How do I group rows by month?", "<p>With <code>pandas</code> and a DataFrame ...</p>")


def database(path, columns):
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE {columns}")
    connection.close()
    return f"sqlite:///{path}"


def test_an_unknown_stack_is_refused_with_the_known_ones(refused):
    line = refused("--stack", "nope", "--pipeline", "training", code=2)
    assert line.startswith("Error: There is no stack 'nope'; choose one of: airflow, aws, azure, ")
    assert "no stack 'nope'" in refused("--stack", "nope", "suggest", "--title", "t", code=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: SECRET, "Cannot reach the database postgresql://reader@127.0.0.1:1/so"),
        (lambda folder: f"sqlite:///{folder}/absent.db", "absent.db does not exist"),
        (lambda folder: f"sqlite:///{folder / 'text.db'}", "file is not a database"),
        (lambda folder: database(folder / "a.db", "Users (Id INT)"), "has no table Posts"),
        (
            lambda folder: database(folder / "b.db", "Posts (Id INT, PostTypeId INT)"),
            "has no column CreationDate, Title",
        ),
    ],
)
def test_a_database_that_cannot_be_read_is_the_callers_mistake(refused, tmp_path, make, message):
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    assert message in refused("--pipeline", "training", "--database-url", make(tmp_path), code=2)


def test_a_run_that_fails_is_one_line_on_a_real_terminal(local_stack, project):
    command = [sys.executable, "run.py", "--pipeline", "training", "--database-url", SECRET]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    said = run.stderr.splitlines()
    assert said[0] == "Pipeline training on stack local."
    assert said[1].startswith("Error: Cannot reach the database postgresql://reader@127.0.0.1:1/so: ")
    assert len(said) == 2
    assert "hunter2" not in run.stderr


def test_an_empty_window_is_the_callers_mistake(refused, make_posts):
    url = make_posts([{}])
    line = refused(
        "--pipeline", "training", "--database-url", url, "--since", "2020-01-01", "--until", "2020-02-01", code=2
    )
    assert "No question of" in line
    assert "dated 2024-01-05 to 2024-01-05; choose since and until within." in line


def test_no_password_is_stored(refused):
    refused("--pipeline", "training", "--database-url", SECRET, code=2)
    run = Client().list_pipeline_runs(sort_by="desc:created", size=1, hydrate=True).items[0]
    assert "reader@127.0.0.1" in run.model_dump_json()
    assert "hunter2" not in run.model_dump_json()
    store = Path(Client().zen_store.config.url.removeprefix("sqlite:///"))
    assert b"hunter2" not in store.read_bytes()


def test_without_a_model_there_is_nothing_to_suggest_or_list(refused, door):
    line = refused("--set", "model_name=never", "suggest", "--title", "t", code=2)
    assert line == "Error: No version of model 'never' is registered; run `python run.py --pipeline training`."
    listed = door("--set", "model_name=never", "models")
    assert (listed.exit_code, listed.stdout) == (
        0,
        "No version of never is registered; run `python run.py --pipeline training`.\n",
    )


def test_an_unknown_version_is_refused_with_the_known_ones(first_run, refused):
    line = refused("suggest", "--title", "t", "--model", "99", code=2)
    assert "has no version '99'; choose production, staging, latest or one of: " in line


def test_one_question_gets_ranked_tags_with_scores(first_run, door):
    result = door("suggest", "--title", QUESTION[0], "--body", QUESTION[1], "--model", "1", "--top", "4")
    [expected] = make_suggester(load_tag_model(find_version("tagstack", "1"))).suggest(*zip(QUESTION), top=4)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[-1] for line in lines] == expected.top
    assert [line[-2] for line in lines] == [f"{score:.3f}" for score in expected.scores]
    assert [line[-1] for line in lines if line[0] == "*"] == [tag for tag in expected.suggested if tag in expected.top]
    assert result.stderr.startswith("Model version 1 (")


def test_a_file_of_questions_gets_a_file_of_tags(first_run, door, tmp_path):
    source, target = tmp_path / "questions.parquet", tmp_path / "tags.parquet"
    titles, bodies = [QUESTION[0], "Segfault in C", ""], [QUESTION[1], "<pre>int *p = 0; *p = 1;</pre>", None]
    pq.write_table(pa.table({"Id": [3, 1, 2], "Title": titles, "Body": bodies}), source)
    result = door("suggest", "--input", source, "--output", target, "--model", "1", "--top", "3")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"3 questions, model version 1: {target}\n"
    expected = make_suggester(load_tag_model(find_version("tagstack", "1"))).suggest(
        titles, [body or "" for body in bodies], top=3
    )
    rows = pq.read_table(target).to_pylist()
    assert [row["post_id"] for row in rows] == [3, 1, 2]
    for row, answer in zip(rows, expected, strict=True):
        assert (row["suggested"], row["top"]) == (answer.suggested, answer.top)
        assert row["scores"] == pytest.approx(answer.scores, abs=2e-6)


def test_a_file_without_the_columns_is_refused(first_run, refused, tmp_path):
    source = tmp_path / "questions.csv"
    source.write_text("Id,Heading\n1,a\n")
    line = refused("suggest", "--input", source, "--output", tmp_path / "tags.parquet", code=2)
    assert f"{source} has no column title (or Title); it has Id, Heading." in line
    assert not (tmp_path / "tags.parquet").exists()


def test_versions_are_listed_with_stage_date_metrics_and_reason(first_run, door):
    result = door("models")
    assert result.exit_code == 0
    heading = next(line for line in result.stdout.splitlines() if line.strip().startswith("version"))
    assert heading.split() == [
        "version",
        "stage",
        "created",
        "(UTC)",
        "micro-F1",
        "Jaccard",
        "hit@5",
        "coverage",
        "reason",
    ]
    row = next(line for line in result.stdout.splitlines() if line.split()[:1] == ["1"])
    _, stage, day, _, *metrics = row.split()[:8]
    assert stage in {"staging", "archived"}
    assert day == f"{find_version('tagstack', '1').created:%Y-%m-%d}"
    evaluation = find_version("tagstack", "1").get_artifact("evaluation").load()
    assert float(metrics[0]) == pytest.approx(evaluation.model.headline()["micro_f1"], abs=6e-4)
    assert "Accepted: all 5 rules passed." in row
