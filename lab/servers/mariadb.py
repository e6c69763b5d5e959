"""MariaDB: the database of ZenML's server."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess

import pymysql

from lab.place import HOST, Place
from lab.servers.server import Server, write_private

USER = "nobody" if os.geteuid() == 0 else None


def url(place: Place) -> str:
    """Return the URL of ZenML's database."""
    return f"mysql://zenml:{place.secrets['mariadb-zenml']}@{HOST}:{place.ports['mariadb']}/zenml"


def _prepare(place: Place) -> None:
    folder = place.of("mariadb")
    first = (
        "DROP USER IF EXISTS ''@'localhost', ''@'%';",  # else whoever comes from this machine is nobody
        "CREATE DATABASE IF NOT EXISTS zenml;",
        f"CREATE OR REPLACE USER zenml@'{HOST}' IDENTIFIED BY '{place.secrets['mariadb-zenml']}';",
        f"GRANT ALL ON zenml.* TO zenml@'{HOST}';",
    )
    start = write_private(folder / "start.sql", "\n".join(first) + "\n")
    if USER:
        for path in (folder, start):
            shutil.chown(path, USER)
    if not (folder / "data" / "mysql").is_dir():
        shutil.rmtree(folder / "data", ignore_errors=True)
        command = ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--skip-test-db",
                   "--auth-root-authentication-method=socket", f"--auth-root-socket-user={USER or getpass.getuser()}",
                   f"--user={USER or getpass.getuser()}"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, cwd=folder)


def _command(place: Place) -> list[str]:
    folder = place.of("mariadb")
    options = {
        "datadir": folder / "data", "port": place.ports["mariadb"], "bind-address": HOST,
        "socket": folder / "socket", "pid-file": folder / "pid", "init-file": folder / "start.sql",
        "innodb-flush-log-at-trx-commit": 0, "innodb-buffer-pool-size": "128M",
    }  # fmt: skip
    return [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", "--skip-name-resolve",
            *(f"--{name}={value}" for name, value in options.items())]  # fmt: skip


def _is_ready(place: Place) -> bool:
    pymysql.connect(
        host=HOST, port=place.ports["mariadb"], user="zenml", password=place.secrets["mariadb-zenml"], database="zenml"
    ).close()
    return True


SERVER = Server(
    "mariadb", _command, _is_ready, program="/usr/sbin/mariadbd", package="mariadb-server", prepare=_prepare, user=USER
)
