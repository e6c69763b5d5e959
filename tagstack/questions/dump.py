"""Import of a Stack Exchange data dump's `Posts.xml` into a `Posts` table."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from lxml import etree  # type: ignore[import-untyped]

from tagstack.errors import SourceError, StorageError
from tagstack.questions.database import address, open_connection, sql_errors
from tagstack.questions.schema import PERSONAL, POSTS

BATCH_ROWS = 1000
LONGEST_NUMBER = 18
"""Digits that surely fit the database's largest whole number; a longer one is no number of a dump."""
_GZIP = b"\x1f\x8b"
_SEVEN_ZIP = b"7z\xbc\xaf"

Row = dict[str, str | int | None]


def import_posts(file: Path, url: str, *, progress: Callable[[int], None] | None = None) -> int:
    """Read a `Posts.xml`, plain or gzipped, into the `Posts` table of a database, which is made where it is missing.

    A post that is there already is replaced, so an import that was interrupted is simply run again. The file is
    streamed; a document type definition, the vehicle of entity attacks, is refused.

    Args:
        file: The dump.
        url: Any SQLAlchemy URL.
        progress: Called with the number of posts of each batch.

    Returns:
        The number of posts read.

    Raises:
        SourceError: The file is missing or is no `Posts.xml`, or the database cannot be written.
        StorageError: The file is damaged.
    """
    done = 0
    failure = sql_errors(f"Cannot write posts to {address(url)}", "check the table Posts and your rights to it")
    with _opened(file) as raw, open_connection(url, read_only=False) as connection, failure:
        POSTS.create(connection, checkfirst=True)
        for rows in _batches(read_dump(file, raw)):
            _upsert(connection, rows)
            done += len(rows)
            if progress:
                progress(len(rows))
    return done


def read_dump(file: Path, raw: IO[bytes]) -> Iterator[Row]:
    """Yield the posts of a dump with the columns of `POSTS`, in the file's order."""
    content = gzip.GzipFile(fileobj=raw) if _starts_with(raw, _GZIP) else raw
    try:
        events = etree.iterparse(
            content, tag="row", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for _, element in events:
            yield _row(file, element)
            _forget(element)
    except (etree.XMLSyntaxError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = " ".join(str(error).split())
        raise StorageError(f"The dump {file} is damaged or no XML ({reason}); download it again.") from None


def _row(file: Path, element: etree._Element) -> Row:
    if element.getroottree().docinfo.internalDTD is not None:
        raise SourceError(f"The dump {file} declares a DOCTYPE, which no data dump does; it is not read.")
    if not {"Id", "PostTypeId"} <= set(element.keys()):
        raise SourceError(f"A row of {file} has no Id or PostTypeId; name the Posts.xml of a data dump.")
    read = {column.name: _value(column, element.get(column.name)) for column in POSTS.columns}
    return read | dict.fromkeys(PERSONAL & read.keys())  # which nothing here ever reads


def _value(column: sa.Column[object], text: str | None) -> str | int | None:
    if text is None or not isinstance(column.type, sa.Integer):
        return text
    digits = text.strip()
    return int(digits) if digits.removeprefix("-").isdecimal() and len(digits) <= LONGEST_NUMBER else None


def _forget(element: etree._Element) -> None:
    """Free the row and all before it: the parser would keep the whole document."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _upsert(connection: sa.Connection, rows: list[Row]) -> None:
    """Delete and insert, as no one form of upsert is known to every database."""
    newest = {row["Id"]: row for row in rows}
    connection.execute(sa.delete(POSTS).where(POSTS.c.Id.in_(newest)))
    connection.execute(sa.insert(POSTS), list(newest.values()))
    connection.commit()


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        raw = file.open("rb")
    except OSError as error:
        raise SourceError(f"Cannot read the dump {file}: {error.strerror}; name an existing Posts.xml.") from None
    with raw:
        if _starts_with(raw, _SEVEN_ZIP):
            raise SourceError(f"The dump {file} is a 7z archive; unpack it and name its Posts.xml.")
        yield raw


def _starts_with(raw: IO[bytes], magic: bytes) -> bool:
    found = raw.read(len(magic)) == magic
    raw.seek(0)
    return found


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
