"""A folder of mail: what waits to be delivered, and what was delivered or only written.

```
outbox/20241001T120000Z-0123456789abcdef.eml            delivered, or written where there is no mail server
outbox/waiting/20241001T120000Z-fedcba9876543210.eml    to be delivered; the header `X-Envelope-To` says to whom
```

Any mail program opens the files. They can be read by their owner only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import cast

from tagstack.alerts.settings import check_address
from tagstack.alerts.wire import WIRE
from tagstack.errors import StorageError

_ENVELOPE = "X-Envelope-To"
_MOMENT = "%Y%m%dT%H%M%SZ"


class DamagedMailError(StorageError):
    """A file of the outbox is no mail that we wrote."""


@dataclass(frozen=True)
class Outbox:
    """The folder; it is made when something is written."""

    folder: Path

    @property
    def _queue(self) -> Path:
        return self.folder / "waiting"

    def write(self, message: EmailMessage) -> Path:
        """Keep a mail that nobody waits for; the same mail again replaces itself.

        Raises:
            StorageError: It cannot be written.
        """
        return self._write(self.folder / _name(message), bytes(message))

    def queue(self, message: EmailMessage, recipients: Sequence[str]) -> Path:
        """Keep a mail until it is delivered to `recipients`.

        Raises:
            StorageError: It cannot be written.
        """
        envelope = f"{_ENVELOPE}: {','.join(recipients)}\r\n".encode("ascii")
        return self._write(self._queue / _name(message), envelope + bytes(message))

    def waiting(self) -> tuple[Path, ...]:
        """List what was not delivered, the oldest first.

        Raises:
            StorageError: The folder cannot be read.
        """
        with _storage_errors(self._queue):
            return tuple(sorted(self._queue.glob("*.eml")))

    def read(self, path: Path) -> tuple[EmailMessage, tuple[str, ...]]:
        """Return a waiting mail and its recipients.

        Raises:
            DamagedMailError: It is no mail that we wrote.
            StorageError: It cannot be read.
        """
        with _storage_errors(path), path.open("rb") as file:
            message = cast("EmailMessage", BytesParser(EmailMessage, policy=WIRE).parse(file))
        try:
            recipients = tuple(check_address(address) for address in str(message[_ENVELOPE] or "").split(","))
            _name(message), bytes(message)
        except (ValueError, AttributeError):
            raise DamagedMailError(
                f"{path} is damaged: it is not as it was written. Look at it, and delete it."
            ) from None
        del message[_ENVELOPE]
        return message, recipients

    def settle(self, path: Path) -> None:
        """Put a waiting mail that was delivered to the others.

        Raises:
            StorageError: It cannot be written.
        """
        message, _ = self.read(path)
        self._write(self.folder / path.name, bytes(message))
        with _storage_errors(path):
            path.unlink(missing_ok=True)

    def purge(self, before: dt.datetime) -> int:
        """Delete mail dated before a moment, but none that waits, and say how much.

        Raises:
            StorageError: A file cannot be deleted.
        """
        with _storage_errors(self.folder):
            old = [path for path in self.folder.glob("*.eml") if (moment := _moment(path)) and moment < before]
            for path in old:
                path.unlink(missing_ok=True)
        return len(old)

    @contextlib.contextmanager
    def claim(self, path: Path) -> Iterator[bool]:
        """Yield whether a waiting mail is ours to deliver, and keep other processes from it meanwhile.

        Raises:
            StorageError: It cannot be opened.
        """
        with _storage_errors(path):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                yield False
                return
        try:
            yield _locked(descriptor) and _stands(descriptor, path)
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        for folder in (self.folder, self._queue):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write(self, path: Path, content: bytes) -> Path:
        """Write a file that is there as a whole or not at all, also after a power failure."""
        with _storage_errors(path):
            self._make()
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")  # 0600
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        return path


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stands(descriptor: int, path: Path) -> bool:
    """Whether the file is still the one at its place; another process may have settled or replaced it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _name(message: EmailMessage) -> str:
    """Return the same name for the same mail."""
    moment = message["Date"].datetime.astimezone(dt.UTC)
    return f"{moment:{_MOMENT}}-{hashlib.sha256(str(message['Message-ID']).encode()).hexdigest()[:16]}.eml"


def _moment(path: Path) -> dt.datetime | None:
    """Return the moment in a file's name; somebody else's file has none."""
    try:
        return dt.datetime.strptime(path.name.partition("-")[0], _MOMENT).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


@contextlib.contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"The outbox {path} cannot be used: {reason}. Give this user the right to write there."
        ) from None
