"""Looking for the lab's secrets where none may be: images, logs, stack files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.place import Place
from lab.runs import log_files
from lab.servers.engine import podman
from lab.servers.sshd import key_file
from tagstack.paths import PROJECT


def needles(place: Place) -> dict[str, str]:
    """Return every secret of the lab, by name."""
    key = key_file(place)
    private = {"ssh-key": key.read_text().splitlines()[2]} if key.exists() else {}
    return {**place.secrets, **private}


def found_in_files(place: Place, files: Iterable[Path]) -> list[str]:
    """List which secrets stand in which files."""
    return [f"{name} in {file.name}" for file in files for name in _contained(needles(place), file.read_bytes())]


def found_in_logs(place: Place) -> list[str]:
    """List secrets in what servers and commands have said."""
    return found_in_files(place, log_files(place))


def found_in_stack_files(place: Place) -> list[str]:
    """List secrets in the stack files, and in the settings that runs are given."""
    return found_in_files(place, [*(PROJECT / "stacks").glob("*.yaml"), *place.of("clients").glob("*.yaml")])


def found_in_image(place: Place, image: str) -> list[str]:
    """List secrets in an image: its files, its history, its settings."""
    about = podman(place, "image", "inspect", image) + podman(place, "history", "--no-trunc", "--format", "json", image)
    told = [f"{name} in the description" for name in _contained(needles(place), about.encode())]
    folder = podman(place, "image", "mount", image).strip()
    try:
        return told + _grep(place, Path(folder))
    finally:
        podman(place, "image", "unmount", image)


def _grep(place: Place, folder: Path) -> list[str]:
    patterns = "\n".join(needles(place).values())
    done = subprocess.run(
        ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "--file=-", str(folder)],
        input=patterns.encode(), capture_output=True, check=False,
    )  # fmt: skip
    return [f"a secret in {line}" for line in done.stdout.decode(errors="replace").splitlines()]


def _contained(known: Mapping[str, str], text: bytes) -> list[str]:
    spelled = {name: (secret.encode(), json.dumps(secret)[1:-1].encode()) for name, secret in known.items()}
    return [name for name, ways in spelled.items() if any(way in text for way in ways)]
