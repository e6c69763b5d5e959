"""Looking for the lab's secrets where none may be: images, logs, stack files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
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


def found_in_images(place: Place, images: Iterable[str]) -> list[str]:
    """List secrets in images: their settings, their history, and the files of every layer, each looked through once."""
    layers: set[str] = set()
    told = []
    for image in images:
        about = podman(place, "image", "inspect", image)
        text = about + podman(place, "history", "--no-trunc", "--format", "json", image)
        told += [f"{name} in the description of {image}" for name in _contained(needles(place), text.encode())]
        folders = json.loads(about)[0]["GraphDriver"]["Data"]
        layers.update([folders["UpperDir"], *filter(None, folders.get("LowerDir", "").split(":"))])
    return told + _grep(place, sorted(layers))


def _grep(place: Place, folders: Sequence[str]) -> list[str]:
    done = subprocess.run(
        ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "--file=-", "--", *folders],
        input="\n".join(needles(place).values()).encode(), capture_output=True, check=False,
    )  # fmt: skip
    return [f"a secret in {line}" for line in done.stdout.decode(errors="replace").splitlines()]


def _contained(known: Mapping[str, str], text: bytes) -> list[str]:
    spelled = {name: (secret.encode(), json.dumps(secret)[1:-1].encode()) for name, secret in known.items()}
    return [name for name, ways in spelled.items() if any(way in text for way in ways)]
