"""Airflow's scheduler in an environment of its own: it finds DAGs in a folder and starts a container a task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.place import Place
from lab.servers import engine, postgresql
from lab.servers.server import Server, inherited

REQUIREMENTS = ("apache-airflow>=2.11,<3", "apache-airflow-providers-docker", "psycopg2-binary")
TASKS_AT_ONCE = 2


def dags(place: Place) -> Path:
    """Return the folder of DAGs."""
    folder = place.of("airflow") / "dags"
    folder.mkdir(exist_ok=True)
    return folder


def program(place: Place) -> Path:
    """Return Airflow's program."""
    return place.of("airflow") / "venv" / "bin" / "airflow"


def environment(place: Place) -> dict[str, str]:
    """Return the environment of Airflow, which reaches the lab's engine."""
    settings = {
        "CORE__DAGS_FOLDER": str(dags(place)), "CORE__LOAD_EXAMPLES": "False", "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(TASKS_AT_ONCE),
        "DATABASE__SQL_ALCHEMY_CONN": postgresql.url(place, "airflow", "airflow", driver="postgresql+psycopg2"),
        "SCHEDULER__DAG_DIR_LIST_INTERVAL": "5", "SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "300",
        "LOGGING__LOGGING_LEVEL": "WARNING",
    }  # fmt: skip
    variables = {f"AIRFLOW__{name}": value for name, value in settings.items()}
    path = os.pathsep.join((str(program(place).parent), os.environ["PATH"]))  # its executor starts `airflow` again
    return {**engine.environment(place), **variables, "AIRFLOW_HOME": str(place.of("airflow")), "PATH": path}


def _prepare(place: Place) -> None:
    made = place.of("airflow") / "venv" / "made-of"
    wanted = "\n".join(REQUIREMENTS)
    if not made.exists() or made.read_text() != wanted:
        uv, venv = str(Path(sys.executable).parent / "uv"), str(program(place).parents[1])
        _run(place, uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv)
        _run(place, uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", venv, *REQUIREMENTS)
        made.write_text(wanted)
    _run(place, str(program(place)), "db", "migrate")


def _run(place: Place, *command: str) -> None:
    variables = {**inherited(), **environment(place)}
    done = subprocess.run(command, env=variables, cwd=place.of("airflow"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr.strip()[-600:]}")


def _command(place: Place) -> list[str]:
    return [str(program(place)), "scheduler"]


def _is_ready(place: Place) -> bool:
    command = [str(program(place)), "jobs", "check", "--job-type", "SchedulerJob"]
    variables = {**inherited(), **environment(place)}
    return subprocess.run(command, env=variables, capture_output=True, check=False).returncode == 0


SERVER = Server(
    "airflow", _command, _is_ready, prepare=_prepare, environment=environment,
    after=("postgresql", "docker-api", "registry"),
)  # fmt: skip
