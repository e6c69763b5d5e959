"""A container engine: podman with runc, its API on a socket, images and containers in the lab's folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.certificates import make_certificate
from lab.place import HOST, Place
from lab.servers.server import Server

DEBIAN = "localhost/tagstack-lab/debian:12"
BASE = "localhost/tagstack-lab/python:3.11"
"""What images start from in the lab: like `python:3.11-slim-bookworm`, but made here of Debian's packages."""
PACKAGES = ("python3", "python3-venv", "ca-certificates", "libgomp1")
LIMITS = 'default_ulimits = ["nofile=10000:10000", "nproc=9000:9000"]'
MOUNTED_IN_BUILDS = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
"""Files by which this machine reaches its package registry; mounted while an image is built, so never part of it."""


def podman_socket(place: Place) -> Path:
    """Return the socket of the engine itself."""
    return place.of("engine") / "podman.sock"


def docker_socket(place: Place) -> Path:
    """Return the socket of Docker's API, as `lab.servers.docker_api` makes it of the engine's."""
    return place.of("engine") / "docker.sock"


def environment(place: Place, *, building: bool = False) -> dict[str, str]:
    """Return the environment in which `podman`, docker-py and ZenML use the lab's engine and no other."""
    folder = place.of("engine")
    return {
        "CONTAINERS_CONF": str(folder / ("build.conf" if building else "containers.conf")),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
        "DOCKER_HOST": f"unix://{docker_socket(place)}",
        "DOCKER_CONFIG": str(place.of("engine") / "docker"),
        "ZENML_CONTAINER_ENGINE": "podman",
        "TAGSTACK_BASE_IMAGE": BASE,
    }


def podman(place: Place, *arguments: str, building: bool = False, check: bool = True) -> str:
    """Run podman on the lab's engine and return what it prints."""
    variables = {**os.environ, **environment(place, building=building)}
    done = subprocess.run(
        ["podman", *arguments], env=variables, check=False, capture_output=True, text=True, cwd=place.folder
    )
    if check and done.returncode:
        raise RuntimeError(f"podman {arguments[0]} failed: {done.stderr.strip()[-800:]}")
    return done.stdout


def _prepare(place: Place) -> None:
    folder = place.of("engine")
    podman_socket(place).unlink(missing_ok=True)
    (folder / "docker").mkdir(exist_ok=True)
    (folder / "docker" / "config.json").write_text("{}")
    engine = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    mounts = ", ".join(f'"{file}:{file}:ro"' for file in MOUNTED_IN_BUILDS if Path(file).is_file())
    (folder / "containers.conf").write_text(f"{engine}[containers]\n{LIMITS}\n")
    (folder / "build.conf").write_text(f'{engine}[containers]\n{LIMITS}\nnetns = "host"\nvolumes = [{mounts}]\n')
    graph, run = folder / "graph", folder / "run"
    (folder / "storage.conf").write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{graph}"\nrunroot = "{run}"\n')
    registry = f"{HOST}:{place.ports['registry']}"
    (folder / "registries.conf").write_text(
        f'unqualified-search-registries = []\n[[registry]]\nlocation = "{registry}"\ninsecure = true\n'
    )


def _finish(place: Place) -> None:
    if not podman(place, "images", "--quiet", DEBIAN).strip():
        archive = place.of("engine") / "base.tar"
        if not archive.exists():
            _make_base(archive)
        changes = ("ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "CMD python3")
        options = [part for change in changes for part in ("--change", change)]
        podman(place, "import", "--quiet", *options, str(archive), DEBIAN)
    make_certificate(place)
    # As a company's own base image knows its authority; nothing is done where both are what they were.
    lines = (
        f"FROM {DEBIAN}",
        "COPY authority.pem /usr/local/share/ca-certificates/lab.crt",
        "RUN update-ca-certificates",
    )
    (place.of("engine") / "Dockerfile").write_text("\n".join(lines) + "\n")
    file, context = str(place.of("engine") / "Dockerfile"), str(place.of("certificates"))
    podman(place, "build", "--quiet", "--layers", "-f", file, "-t", BASE, context)


def _make_base(archive: Path) -> None:
    """Make the file system of a small Debian with Python."""
    part = archive.with_suffix(".part.tar")
    without = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
    options = [f"--dpkgopt=path-exclude={pattern}" for pattern in without]
    links = (
        'ln -s /usr/bin/python3 "$1/usr/local/bin/python"',
        'rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
        'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*',
    )
    hooks = [f"--customize-hook={line}" for line in links]
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", *options, *hooks,
               "bookworm", str(part)]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The base image could not be made: {done.stderr.strip()[-400:]}")
    part.replace(archive)


def _command(place: Place) -> list[str]:
    return [shutil.which("podman") or "podman", "system", "service", "--time=0", f"unix://{podman_socket(place)}"]


def _is_ready(place: Place) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(podman_socket(place)))
    return True


def _environment(place: Place) -> Mapping[str, str]:
    return environment(place)


SERVER = Server(
    "engine", _command, _is_ready, program="podman", package="podman runc mmdebstrap", prepare=_prepare,
    finish=_finish, environment=_environment,
)  # fmt: skip
