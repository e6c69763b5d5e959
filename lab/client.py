"""Who runs pipelines in the lab: on each stack one, with a ZenML configuration, variables and secrets of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from lab.answers import Answerer, answerer
from lab.certificates import authority
from lab.clouds import environments
from lab.place import HOST, Place
from lab.servers import engine, kubernetes, mlflow, postgresql, sagemaker, sshd, zenml
from lab.servers.mail import USER as MAIL_USER
from tagstack.paths import PROJECT

LOCAL_STORE = ("local", "local-s3")
"""Stacks that need no ZenML server; the others run with the lab's."""
CONTAINERS = ("docker", "ssh", "airflow", "kubernetes", "aws")
COMMAND_SECONDS = 1800


@dataclass(frozen=True)
class Outcome:
    """What a command did.

    Attributes:
        code: Its exit code.
        out: What it printed.
        err: What it said besides.
        seconds: How long it took.
    """

    code: int
    out: str
    err: str
    seconds: float

    @property
    def error(self) -> str:
        """The line of error that a person sees, empty where there is none."""
        return next((line for line in self.err.splitlines() if line.startswith("Error: ")), "")


class Running:
    """A command that runs; what it says is read as it comes and kept in a file."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log, self.began = process, log, time.monotonic()
        self.said: dict[str, list[str]] = {"out": [], "err": []}
        streams = {"out": process.stdout, "err": process.stderr}
        if process.stdin:
            process.stdin.close()
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in streams.items()]
        for reader in self._readers:
            reader.start()

    def wait_for(self, text: str, *, seconds: float = COMMAND_SECONDS) -> bool:
        """Wait until a line of its standard error contains a text; False where it ends before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(text in line for line in list(self.said["err"])):
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def finish(self, *, seconds: float = COMMAND_SECONDS) -> Outcome:
        """Wait for it to end; one that takes too long is ended and has exit code -9."""
        try:
            self.process.wait(max(1.0, seconds - (time.monotonic() - self.began)))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        took = time.monotonic() - self.began
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        out, err = ("".join(self.said[name]) for name in ("out", "err"))
        self.log.write_text(f"{out}{err}")
        return Outcome(self.process.returncode, out, err, took)

    def _read(self, name: str, stream: IO[str] | None) -> None:
        for line in stream or ():
            self.said[name].append(line)


@dataclass(frozen=True)
class Client:
    """One who runs on one stack.

    Attributes:
        place: The lab.
        stack: The stack's name.
        code: The folder of the code that all of them run.
    """

    place: Place
    stack: str
    code: Path

    @property
    def folder(self) -> Path:
        """Its ZenML configuration, with the local store where it has one."""
        return self.place.of("clients") / self.stack

    @property
    def python(self) -> str:
        """Its Python: that of an environment of its own where its stack has packages that lower others."""
        extra = environments.OF_STACK.get(self.stack)
        return str(environments.interpreter(self.place, extra)) if extra else sys.executable

    @property
    def bucket(self) -> str:
        """Its bucket: each stack has one, so that none finds what another has made."""
        return f"tagstack-{self.stack}"

    def environment(self) -> dict[str, str]:
        """Return the environment of its commands; secrets are only in the API key of its server."""
        place, port = self.place, self.place.ports
        base = {name: value for name, value in os.environ.items() if not name.startswith(("ZENML_", "TAGSTACK_"))}
        variables = {
            "ZENML_CONFIG_PATH": str(self.folder), "TAGSTACK_HOME": str(place.of("home")),
            "TAGSTACK_LAB": str(place.folder), "SSL_CERT_FILE": str(authority(place)),
            "ZENML_ENABLE_REPO_INIT_WARNINGS": "false", "PYTHONWARNINGS": "ignore",
            "S3_ENDPOINT": place.url("s3"), "S3_BUCKET": self.bucket, "MLFLOW_URL": place.url("mlflow"),
            "EVIDENTLY_URL": place.url("evidently"), "SMTP_HOST": HOST, "SMTP_PORT": str(port["smtp"]),
            "SMTP_SECURITY": "tls", "REGISTRY": f"{HOST}:{port['registry']}", "SSH_HOST": HOST,
            "DOCKER_USER": "1000:1000",
            "SSH_PORT": str(port["sshd"]), "SSH_USER": "root", "SSH_KNOWN_HOSTS": str(sshd.known_hosts(place)),
            "SSH_FOLDER": str(place.of("remote")), "AIRFLOW_DAGS": str(place.of("airflow") / "dags"),
        }  # fmt: skip
        if self.stack not in LOCAL_STORE:
            server = {"ZENML_STORE_URL": place.url("zenml"), "ZENML_STORE_API_KEY": place.secrets[zenml.API_KEY]}
            variables |= server
        if self.stack in CONTAINERS:
            variables |= engine.environment(place, building=True)
        if self.stack == "kubernetes":
            variables |= kubernetes.environment(place)
        if self.stack == "aws":
            variables |= sagemaker.environment(place)
        return {**base, **variables}

    def secrets(self) -> dict[str, dict[str, str]]:
        """Return the ZenML secrets that stack files refer to."""
        known = self.place.secrets
        ssh = {"ssh": {"private_key": sshd.key_file(self.place).read_text()}} if self.stack == "ssh" else {}
        return ssh | {
            "s3": {"key": "tagstack", "secret": known["s3-tagstack"]},
            "mlflow": {"username": mlflow.USER, "password": known["mlflow-admin"]},
            "mail": {"username": MAIL_USER, "password": known["smtp"]},
            "evidently": {"secret": known["evidently"]},
            "tagstack": {
                "TAGSTACK_DATABASE_PASSWORD": known["postgresql-reader"],
                "TAGSTACK_STORE_PASSWORD": known["postgresql-tagstack"],
                "TAGSTACK_API_KEYS": known["service-key"],
            },
        }

    def run(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Outcome:
        """Run `python run.py` with the lab's settings."""
        return self.start(*arguments, extra=extra).finish()

    def start(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Running:
        """Start `python run.py` and do not wait."""
        file = self.place.of("clients") / f"{self.stack}.yaml"
        process = self._popen(["run.py", "--config", str(file), *arguments], extra or {}, subprocess.PIPE)
        return Running(process, self.place.of("outputs") / f"{self.stack}-{time.time_ns()}.log")

    def ask(self, question: str, *arguments: object) -> Any:
        """Ask ZenML in this client's environment; see `lab.inside`.

        Raises:
            RuntimeError: It could not be answered.
        """
        return answerer(self.folder, self._answerer).ask(question, arguments)

    def _answerer(self) -> Answerer:
        log = self.place.of("outputs") / f"{self.stack}-asked.log"
        with log.open("w") as err:
            return Answerer(self._popen(["-m", "lab.inside"], {}, err), log)

    def _popen(self, arguments: list[str], extra: Mapping[str, str], err: int | IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, *arguments], env={**self.environment(), **extra}, cwd=self.code, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err,
        )  # fmt: skip


def checkout(place: Place) -> Path:
    """Copy what git knows of the project, as it is, into the lab, and return the folder.

    All stacks run this copy, so that nobody's later change comes between two of them.
    """
    folder = place.folder / "code"
    shutil.rmtree(folder, ignore_errors=True)
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


def commit() -> str:
    """Return the name of the commit that is checked out, and whether the code has changed since."""
    changed = " with uncommitted changes" if _git("status", "--porcelain", "--", ".", ":!docs/lab.md").strip() else ""
    return _git("rev-parse", "--short=10", "HEAD").strip() + changed


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True).stdout


def source_url(place: Place) -> str:
    """Return the address of the questions, read by a role that may do nothing else, without its password."""
    return postgresql.url(place, "questions", postgresql.READER, password=False)


def store_url(place: Place) -> str:
    """Return the address of Tagstack's store, without its password."""
    return postgresql.url(place, "tagstack", "tagstack", password=False)
