"""One TensorFlow and one offline encoder for all tests of this folder; and a stand-in where neither is the subject."""

from __future__ import annotations

import errno
import hashlib
import io
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tagstack.config import EncoderSettings
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import Encoder, load_encoder
from tagstack.storage import LocalFileSystem


@pytest.fixture(scope="session")
def offline() -> Encoder:
    return load_encoder(EncoderSettings())


@pytest.fixture(scope="session")
def tf(offline):
    import tensorflow

    return tensorflow


class Letters:
    """A stand-in for a module: a text's vector is made of its hash. It counts what it is asked."""

    dimension = 4
    sha256 = "0" * 64

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        self.calls.append(list(texts))
        return np.array([vector(text) for text in texts], np.float32)

    @property
    def texts(self):
        return [text for call in self.calls for text in call]


def vector(text):
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), "<u2")[:4] / np.float32(65536)


def fingerprint(mode="separate", max_characters=100):
    return EncoderFingerprint(
        handle="letters",
        module_sha256=Letters.sha256,
        mode=mode,
        max_characters=max_characters,
        dimension=Letters.dimension * (2 if mode == "separate" else 1),
    )


@pytest.fixture
def letters():
    return Letters()


@pytest.fixture
def make_encoder(letters):
    return lambda mode="separate", max_characters=100: Encoder(fingerprint(mode, max_characters), lambda: letters, 16)


class FullDisk(LocalFileSystem):
    """A disk with room for a number of bytes."""

    def __init__(self, room):
        self.room = room

    def open(self, path, mode="r"):
        if "w" not in mode:
            return super().open(path, mode)
        disk = self

        class Writer(io.FileIO):
            def write(self, data):
                if memoryview(data).nbytes > disk.room:
                    raise OSError(errno.ENOSPC, "No space left on device", path)
                disk.room -= memoryview(data).nbytes
                return super().write(data)

        return Writer(path, "w")


@pytest.fixture
def full_disk():
    return FullDisk


@pytest.fixture
def tiny_disk(tmp_path):
    """A real file system of 20 MB, where the machine lets us mount one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def built(offline) -> Path:
    from tagstack.encoder.offline import offline_folder

    return offline_folder()
