"""The one door: exit codes, one line an error, no traceback, no password, and nothing heavy before it is needed.

What needs a ZenML store stands in tests/slices/test_cli.py.
"""

import errno
import logging
import os
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from commands.door import Door
from run import cli

HEAVIEST = ("zenml", "mlflow", "pandas", "pyarrow", "sqlalchemy", "tensorflow", "sklearn")
HEAVY = (*HEAVIEST, "pydantic", "numpy", "yaml")
NOWHERE = "postgresql://reader:hunter2@127.0.0.1:1/so"
WAYS = "Give --title and/or --body, or --input and --output, or --write-table."
WINDOW = "--database-url, --since, --until and --write-url go with --write-table."


@pytest.fixture
def invoke(monkeypatch):
    """Run the door in this process and leave logging and the environment as they were."""
    for name in ("tagstack", "stacks", "steps"):
        logger = logging.getLogger(name)
        for attribute in ("handlers", "propagate", "level"):
            monkeypatch.setattr(logger, attribute, getattr(logger, attribute))
    before = dict(os.environ)
    yield lambda *args: CliRunner().invoke(cli, args, prog_name="run.py")
    os.environ.clear()
    os.environ.update(before)


def terminal(project, *args):
    command = [sys.executable, "run.py", *args]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)


def assert_refused(result, *parts, code=2):
    """One line that says what is wrong, no traceback, no password; click's own errors have its usage before it."""
    said = result.stderr
    assert result.exit_code == code, said
    assert isinstance(result.exception, SystemExit)
    lines = [line for line in said.splitlines() if line and not line.startswith(("Usage: ", "Try 'run"))]
    assert len(lines) == 1, said
    assert lines[0].startswith("Error: ")
    assert "hunter2" not in said + result.stdout
    for part in parts:
        assert part in lines[0]


@pytest.mark.parametrize(("args", "heavy"), [(["--help"], HEAVY), (["suggest", "--help"], HEAVIEST)])
def test_the_door_opens_without_anything_heavy(project, args, heavy):
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['run.py', *{args!r}]\n"
        "try: runpy.run_path('run.py', run_name='__main__')\n"
        f"except SystemExit: print('loaded', [name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert run.stdout.endswith("loaded []\n")


def test_help_takes_less_than_half_a_second_of_processor_time(project):
    before = os.times()
    run = terminal(project, "--help")
    after = os.times()
    assert run.returncode == 0
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.5
    for command in ("suggest", "models", "dashboard", "sample", "import-dump", "settings"):
        assert f"\n  {command}" in run.stdout


def test_a_wrong_setting_is_one_line_on_the_terminal(project):
    run = terminal(project, "--set", "labels.sise=3", "settings")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "Error: Unknown key labels.sise in settings; did you mean labels.size?\n"


def test_an_unreachable_database_is_one_line_on_the_terminal_without_its_password(project):
    run = terminal(project, "sample", "--database-url", NOWHERE)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("Error: Cannot reach the database postgresql://reader@127.0.0.1:1/so: ")
    assert run.stderr.count("\n") == 1
    assert "hunter2" not in run.stderr


def test_debug_shows_the_traceback(project):
    run = terminal(project, "--debug", "--set", "labels.sise=3", "settings")
    assert run.returncode == 2
    assert "Traceback" in run.stderr
    assert run.stderr.endswith("Error: Unknown key labels.sise in settings; did you mean labels.size?\n")


@pytest.mark.parametrize(
    ("assignment", "parts"),
    [
        ("labels.size=many", ["Impossible value for labels.size", "valid integer", "'many'"]),
        ("split.test_share=0.9", ["Impossible value for split.test_share", "less than 0.5"]),
        ("source.since=tomorrow", ["Impossible value for source.since", "valid date"]),
        ("source.until=2020-13-01", ["--set source.until: the value is not valid YAML: month must be in 1..12"]),
        (f"source.database_url={NOWHERE}: [", ["--set source.database_url: the value is not valid YAML"]),
        (f"source={NOWHERE}", ["Impossible value for source"]),
        (NOWHERE, ["--set 'postgresql' is not of the form section.key=value"]),
        ("modl.head=dense", ["Unknown key modl", "did you mean model"]),
        ("labels.size", ["--set 'labels.size' is not of the form section.key=value"]),
        ("model_name=../up", ["Impossible value for model_name"]),
        (f"source.database_url=[{NOWHERE}]", ["Impossible value for source.database_url"]),
    ],
)
def test_a_bad_assignment_names_its_key(invoke, assignment, parts):
    assert_refused(invoke("--set", assignment, "settings"), *parts)


def test_a_bad_configuration_names_file_and_key(invoke, tmp_path):
    file = tmp_path / "c.yaml"
    for text in ("source: {since: 2020-02-30}", f"source: {{database_url: {NOWHERE}: [", "labels: [\n"):
        file.write_text(text)
        assert_refused(invoke("--config", str(file), "settings"), f"{file} is not valid YAML")
    file.write_text("labels: {sise: 3}")
    assert_refused(invoke("--config", str(file), "settings"), "Unknown key labels.sise", str(file))
    assert_refused(invoke("--config", str(tmp_path / "absent.yaml"), "settings"), "Cannot read", "absent.yaml")
    assert_refused(invoke("--config", str(tmp_path), "settings"), "is a directory")


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (["--pipeline", "trainign"], ["--pipeline", "'trainign' is not one of 'training', 'deployment'"]),
        (["--since", "2024/01/01"], ["--since", "does not match the format '%Y-%m-%d'"]),
        (["--since", "2024-02-01", "--until", "2024-01-01"], ["since 2024-02-01 must be before until 2024-01-01"]),
        (["--pipeline", "training", "settings"], ["Give either --pipeline or a command."]),
        (["--pipeline", "training", "--database-url", "nonsense"], ["The database URL is malformed"]),
        (["--pipeline", "training", "--database-url", "postgresql://r:hun@ter2@h/d"], ["write it as %40"]),
        (["--pipeline", "training", "--database-url", "postgresql://h/d?password=hunter2"], ["parameter password"]),
        (["--pipeline", "training", "--candidate", "3"], ["--candidate belongs to --pipeline deployment."]),
        (["--unknown"], ["No such option"]),
        (["trian"], ["No such command 'trian'"]),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(invoke, args, parts):
    assert_refused(invoke(*args), *parts)


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        ([], [WAYS]),
        (["--input", "run.py"], [WAYS]),
        (["--output", "o.parquet"], [WAYS]),
        (["--title", "t", "--input", "run.py"], [WAYS]),
        (["--title", "t", "--input", "run.py", "--output", "o"], [WAYS]),
        (["--title", "t", "--write-table", "tags"], [WAYS]),
        (["--input", "run.py", "--output", "o", "--write-table", "tags"], [WAYS]),
        (["--title", "t", "--since", "2024-01-01"], [WINDOW]),
        (["--title", "t", "--database-url", NOWHERE], [WINDOW]),
        (["--input", "run.py", "--output", "o", "--write-url", NOWHERE], [WINDOW]),
        (["--input", "absent.csv", "--output", "o.parquet"], ["--input", "absent.csv"]),
        (["--input", "run.py", "--output", "tests"], ["--output", "is a directory"]),
        (["--title", "t", "--top", "0"], ["--top"]),
        (["--title", "t", "--top", "many"], ["--top", "'many' is not a valid integer"]),
    ],
)
def test_a_suggestion_asked_for_in_a_wrong_way_is_refused(invoke, project, monkeypatch, args, parts):
    monkeypatch.chdir(project)
    assert_refused(invoke("suggest", *args), *parts)


def test_a_window_before_the_command_goes_with_a_table_too(invoke):
    assert_refused(invoke("--since", "2024-01-01", "suggest", "--title", "t"), WINDOW)


def test_without_arguments_the_help_is_shown(invoke):
    result = invoke()
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def test_settings_are_listed_with_value_and_meaning_but_without_a_password(invoke):
    result = invoke("--set", "labels.size=77", "--set", f"source.database_url={NOWHERE}", "settings")
    assert result.exit_code == 0
    [size] = [line for line in result.stdout.splitlines() if "labels.size" in line]
    assert "77" in size
    assert "reader@" in result.stdout
    assert "hunter" not in result.output


def test_a_sample_has_a_least_size_and_needs_a_place(invoke):
    assert_refused(invoke("sample", "--database-url", "sqlite:///x.db", "--questions", "10"), "--questions", "4000")
    assert_refused(invoke("sample"), "--database-url")
    assert_refused(invoke("sample", "--database-url", "sqlite://"), "names no file")


def test_a_sample_is_never_written_over_other_posts(invoke, tmp_path):
    import sqlalchemy as sa

    from tagstack.questions.schema import METADATA

    url = f"sqlite:///{tmp_path / 'mine.db'}"
    engine = sa.create_engine(url)
    METADATA.create_all(engine)
    engine.dispose()
    assert_refused(invoke("sample", "--database-url", url), "holds posts that are no sample")


def test_a_dump_is_imported(invoke, tmp_path):
    dump = tmp_path / "Posts.xml"
    dump.write_text('<posts><row Id="1" PostTypeId="1" Title="t" /><row Id="2" PostTypeId="2" /></posts>')
    result = invoke("import-dump", str(dump), "--database-url", f"sqlite:///{tmp_path / 'd.db'}")
    assert (result.exit_code, result.stdout) == (0, "2 posts written.\n")


def test_what_is_no_dump_is_refused(invoke, project, tmp_path):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    damaged = invoke("import-dump", str(project / "run.py"), "--database-url", url)
    assert_refused(damaged, "is damaged or no XML", "download it again", code=1)
    assert_refused(invoke("import-dump", str(tmp_path / "absent.xml"), "--database-url", url), "does not exist")
    assert_refused(invoke("import-dump", str(project / "run.py"), "--database-url", NOWHERE), "Cannot reach")


def test_a_taken_port_is_named(invoke):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_refused(invoke("dashboard", "--port", str(port)), f"Port {port} is taken; choose another with --port.")
    assert_refused(invoke("dashboard", "--port", "99999"), "--port")


def interrupt(*_, **__):
    raise KeyboardInterrupt


def interrupt_and_fail_to_tidy_up(*_, **__):
    try:
        raise KeyboardInterrupt
    finally:
        raise RuntimeError("cannot schedule new futures after shutdown")


@pytest.mark.parametrize("interrupt", [interrupt, interrupt_and_fail_to_tidy_up])
def test_an_interruption_is_one_line_and_exit_code_130(invoke, monkeypatch, project, interrupt):
    from tagstack.questions import dump

    monkeypatch.setattr(dump, "import_posts", interrupt)
    result = invoke("import-dump", str(project / "run.py"), "--database-url", "sqlite:///x.db")
    assert result.exit_code == 130
    assert result.stderr == "Interrupted. What is finished is kept; the same command goes on from there.\n"


def test_an_error_that_nobody_foresaw_is_one_line_too(invoke, monkeypatch, project):
    from tagstack.questions import dump

    def fail(*_, **__):
        raise RuntimeError("database or disk\nis full.")

    monkeypatch.setattr(dump, "import_posts", fail)
    arguments = ["import-dump", str(project / "run.py"), "--database-url", "sqlite:///x.db"]
    line = "RuntimeError: database or disk is full; run again with --debug to see where it comes from."
    assert_refused(invoke(*arguments), line, code=1)
    debugged = invoke("--debug", *arguments)
    assert debugged.exit_code == 1
    assert "Traceback" in debugged.stderr
    assert debugged.stderr.endswith(f"Error: {line}\n")


def test_a_full_disk_is_told_with_what_to_do(invoke, monkeypatch, project):
    from tagstack.questions import dump

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(dump, "import_posts", fail)
    result = invoke("import-dump", str(project / "run.py"), "--database-url", "sqlite:///x.db")
    advice = "; free some, or let TMPDIR name a folder with more for temporary files. What is finished is kept: "
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: [Errno {errno.ENOSPC}] No space left on device{advice}")


def test_every_command_stands_behind_the_door():
    assert isinstance(cli, Door)
    assert all(command.help for command in cli.commands.values())


def test_what_the_floors_below_the_commands_log_is_shown(invoke):
    assert invoke("settings").exit_code == 0
    for name in ("stacks", "steps", "tagstack"):
        assert logging.getLogger(f"{name}.any").isEnabledFor(logging.INFO)


@pytest.mark.parametrize(("arguments", "told"), [([], False), (["--debug"], True)])
def test_what_urllib3_says_of_asking_again_is_for_debugging(project, arguments, told):
    program = (
        f"import run; run.cli([*{arguments}, 'stacks', 'show', 'local'], standalone_mode=False); "
        "import zenml, logging; logging.getLogger('urllib3.connectionpool').warning('Retrying')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True)
    assert ("Retrying" in done.stdout + done.stderr) == told
