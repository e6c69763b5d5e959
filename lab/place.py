"""Where a lab lives: one folder with its ports, its secrets, and what its servers write."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
FOLDER = Path(os.environ.get("TAGSTACK_LAB", "/var/tmp/tagstack-lab"))
PORTS = (
    "postgresql", "s3", "s3-master", "s3-volume", "s3-filer", "mariadb", "zenml", "mlflow", "smtp", "registry", "sshd",
    "evidently", "airflow", "service", "kubernetes", "sagemaker",
)  # fmt: skip
SECRETS = (
    "postgresql-admin", "postgresql-mlflow", "postgresql-tagstack", "postgresql-reader", "postgresql-airflow",
    "s3-admin", "s3-tagstack", "s3-mlflow", "mariadb-zenml", "zenml-admin", "zenml-jwt", "zenml-encryption",
    "mlflow-admin", "mlflow-flask", "smtp", "evidently", "service-key", "kubernetes-admin",
)  # fmt: skip
EXPENSIVE = ("engine", "registry/data", "airflow/venv", "environments", "home/encoder", "certificates", "sshd")
"""What a new lab takes over from an old one: images, environments, the encoder; nothing that a run has made."""
_FIRST_PORT, _LAST_PORT = 18400, 19900
_GRPC_OFFSET = 10_000  # SeaweedFS listens there as well


@dataclass(frozen=True)
class Place:
    """A lab's folder.

    Attributes:
        folder: The folder; servers keep theirs below it, by name.
        ports: On 127.0.0.1, by name.
        secrets: Passwords, by name; never in a command line, so that no list of processes shows them.
    """

    folder: Path
    ports: Mapping[str, int]
    secrets: Mapping[str, str]

    @property
    def own_faults(self) -> Path:
        """The folder of the lab in this one whose servers are broken; see `lab.faults`."""
        return self.folder / "faults"

    def of(self, name: str) -> Path:
        """Return the folder of a server, created if missing."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def log(self, name: str) -> Path:
        """Return the file of a server's output."""
        return self.of("logs") / f"{name}.log"

    def url(self, name: str) -> str:
        """Return the HTTP address of a server."""
        return f"http://{HOST}:{self.ports[name]}"

    def remember(self, name: str, secret: str) -> None:
        """Keep a secret that a server has made."""
        _write(self.folder, self.ports, {**self.secrets, name: secret})


def open_place(folder: Path = FOLDER, *, taken: Collection[int] = ()) -> Place:
    """Read the lab of a folder; a new one gets free ports, none of those that are taken, and new secrets."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    file = folder / "lab.json"
    known = json.loads(file.read_text()) if file.exists() else {"ports": {}, "secrets": {}}
    free = (port for port in _free_ports(folder) if port not in {*known["ports"].values(), *taken})
    ports = known["ports"] | {name: next(free) for name in PORTS if name not in known["ports"]}
    kept = {name: secrets.token_hex(24) for name in SECRETS} | known["secrets"]
    if (ports, kept) != (known["ports"], known["secrets"]):
        _write(folder, ports, kept)
    return Place(folder, ports, kept)


def renew(folder: Path = FOLDER) -> Place:
    """Empty a lab whose servers are down: new ports, new secrets, and nothing left but what is expensive to make."""
    kept = {folder / name for name in EXPENSIVE}
    for path in [folder / "lab.json", *folder.glob("*"), *folder.glob("*/*")]:
        if path in kept or path.parent in kept or any(path in one.parents for one in kept):
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    return open_place(folder)


def _write(folder: Path, ports: Mapping[str, int], kept: Mapping[str, str]) -> None:
    file = folder / "lab.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"ports": dict(ports), "secrets": dict(kept)}, indent=1))


def _free_ports(folder: Path) -> Iterator[int]:
    ports = range(_FIRST_PORT, _LAST_PORT)
    begin = zlib.crc32(str(folder).encode()) % len(ports)  # two labs that start at once do not meet
    for port in (*ports[begin:], *ports[:begin]):
        if _is_free(port) and _is_free(port + _GRPC_OFFSET):
            yield port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
