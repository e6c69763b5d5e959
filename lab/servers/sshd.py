"""An SSH server that stands for a remote host: whoever logs in finds `docker`, which is the lab's engine."""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
import sys
from pathlib import Path

from lab.place import HOST, Place
from lab.servers import engine
from lab.servers.server import Server, listens

SHIM = """#!/bin/sh
# Docker's command line, spoken to podman.
if [ "$1" = compose ]; then shift; exec {compose} --podman-path {bare} "$@"; fi
exec {podman} "$@"
"""
WITHOUT_REQUIREMENTS = """#!/bin/sh
# To podman a requirement is a container that runs as long, so it starts those again that have ended well. Compose's own
# waiting is enough.
for argument do
  shift
  case "$argument" in --requires=*) ;; *) set -- "$@" "$argument" ;; esac
done
exec {podman} "$@"
"""
PODMAN = "/usr/bin/podman"


def key_file(place: Place) -> Path:
    """Return the private key that may log in."""
    return place.of("sshd") / "user_key"


def known_hosts(place: Place) -> Path:
    """Return the file with the host's key."""
    return place.of("sshd") / "known_hosts"


def _prepare(place: Place) -> None:
    folder = place.of("sshd")
    for name in ("host_key", "user_key"):
        if not (folder / name).exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
            subprocess.run(command, check=True)
    kind, key, _name = (folder / "host_key.pub").read_text().split()
    known_hosts(place).write_text(f"[{HOST}]:{place.ports['sshd']} {kind} {key}\n")
    (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
    _write_shim(place)
    variables = {**engine.environment(place), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    lines = (
        f"ListenAddress {HOST}:{place.ports['sshd']}",
        f"HostKey {folder / 'host_key'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no",
        "PermitRootLogin prohibit-password", f"AllowUsers {getpass.getuser()}", "PidFile none",
        "Subsystem sftp internal-sftp",
        "SetEnv " + " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items()),
    )  # fmt: skip
    (folder / "config").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)


def _write_shim(place: Place) -> None:
    folder = place.of("sshd") / "bin"
    folder.mkdir(exist_ok=True)
    compose, bare = Path(sys.executable).parent / "podman-compose", folder / "podman-without-requirements"
    for file, text in ((folder / "docker", SHIM), (bare, WITHOUT_REQUIREMENTS)):
        file.write_text(text.format(compose=compose, podman=PODMAN, bare=bare))
        file.chmod(0o755)


def _command(place: Place) -> list[str]:
    return ["/usr/sbin/sshd", "-D", "-e", "-f", str(place.of("sshd") / "config")]


SERVER = Server(
    "sshd", _command, listens("sshd"), program="/usr/sbin/sshd", package="openssh-server", prepare=_prepare,
    after=("docker-api", "registry"),
)  # fmt: skip
