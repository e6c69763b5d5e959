import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tagstack.cron import parse_cron
from tagstack.timetable import ENVIRONMENT, SECRETS, Job, crontab_line, github_workflow, systemd_units


@pytest.fixture
def job(tmp_path):
    """A job in folders with a blank and a per cent sign, whose interpreter writes down how it was called."""
    project = tmp_path / "my 50% project"
    project.mkdir()
    python = project / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$PWD" "$TAGSTACK_HOME" "$TAGSTACK_DATABASE_PASSWORD" "$@"\n')
    python.chmod(0o755)
    return Job(
        name="tagstack-drift",
        cron=parse_cron("30 6 1 * mon"),
        arguments=("--pipeline", "drift", "--set", "source.table=a 'b' \"$c\" 5%"),
        project=project,
        python=python,
        log=tmp_path / "new folder" / "drift.log",
        environment={"TAGSTACK_HOME": "/tmp/a 5% home"},
    )


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock")
def test_the_crontab_line_runs_as_cron_runs_it(job, tmp_path):
    line = crontab_line(job)
    assert "\n" not in line
    when, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert when == ["30", "6", "1", "*", "1"]
    assert "%" not in command.replace(r"\%", "")
    home = tmp_path / "home"
    (home / ".config").mkdir(parents=True)
    (home / ENVIRONMENT).write_text("TAGSTACK_DATABASE_PASSWORD='s3 cret'\n")
    cron = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    for _ in range(2):
        subprocess.run(["/bin/sh", "-c", command.replace(r"\%", "%")], env=cron, check=True, cwd="/")
    once = "|".join([str(job.project), "/tmp/a 5% home", "s3 cret", "run.py", *job.arguments, ""])
    assert job.log.read_text() == once * 2


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock")
def test_the_crontab_line_needs_no_file_of_passwords_and_waits_for_no_other_run(job, tmp_path):
    command = crontab_line(job).split(" ", 5)[5].replace(r"\%", "%")
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run(["/bin/sh", "-c", command], env=environment, check=True)
    first = job.log.read_text()
    lock = job.log.with_suffix(".lock")
    assert first
    done = subprocess.run(["flock", str(lock), "/bin/sh", "-c", command], env=environment, check=False)
    assert (done.returncode, job.log.read_text()) == (1, first)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_its_units(job, tmp_path):
    units = systemd_units(job)
    assert units["tagstack-drift.timer"].count("OnCalendar=") == 2
    for name, text in units.items():
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in units]
    told = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *files],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_systemd_gets_its_special_characters_escaped(job):
    service = systemd_units(job)["tagstack-drift.service"]
    assert f"EnvironmentFile=-%h/{ENVIRONMENT}\n" in service
    assert '"source.table=a \'b\' \\"$$c\\" 5%%"' in service
    assert 'Environment="TAGSTACK_HOME=/tmp/a 5%% home"\n' in service
    assert f"WorkingDirectory={str(job.project).replace('%', '%%')}\n" in service


def test_the_workflow_is_yaml_and_names_secrets_without_holding_one(job):
    text = github_workflow(job)
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # which leaves `on` a word
    assert workflow["on"]["schedule"] == [{"cron": "30 6 1 * 1"}]
    work = workflow["jobs"]["run"]
    assert work["env"] == {name: f"${{{{ secrets.{name} }}}}" for name in SECRETS}
    command = work["steps"][-1]["run"].strip()
    shown = subprocess.run(
        ["/bin/sh", "-c", f"set -- {command.removeprefix('.venv/bin/python')}; printf '%s|' \"$@\""],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "|".join(["run.py", *job.arguments, ""])
    assert str(Path(job.python)) not in text
