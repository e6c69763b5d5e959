"""A cache of question blocks as immutable Parquet files, local or in a store."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

from tagstack.errors import StorageError
from tagstack.questions.source import Source
from tagstack.questions.watermark import Block, query_sha256
from tagstack.storage import FileSystem
from tagstack.table import RAW_QUESTIONS

_log = logging.getLogger(__name__)


class BlockCache:
    """Blocks of questions as they were read, each in a file named by what was read.

    The name hashes the database's address, the statement and the block's watermark. The window is not in it: of one
    range of Ids, as many questions between the same least and greatest dates are the same questions, so windows that
    overlap share their blocks. A file is written whole and then renamed; a damaged one is ignored and written again.

    Args:
        files: File operations of the store.
        root: Folder of the blocks.
        refresh: Read nothing, but write everything anew.
    """

    def __init__(self, files: FileSystem, root: str, *, refresh: bool = False) -> None:
        self._files = files
        self._refresh = refresh
        self._root = root.rstrip("/")

    def read(self, source: Source, block: Block) -> pa.Table | None:
        """Return the block's questions, or None where they are not here undamaged."""
        path = self._path(source, block)
        if self._refresh or not self._files.exists(path):
            return None
        try:
            with self._files.open(path, "rb") as file:
                table = pq.read_table(io.BytesIO(file.read()), page_checksum_verification=True)
        except (OSError, pa.ArrowException) as error:
            _log.warning("Ignoring the damaged block %s: %s", path, " ".join(str(error).split()))
            return None
        return table if table.schema.equals(RAW_QUESTIONS) and table.num_rows == block.questions else None

    def write(self, source: Source, block: Block, table: pa.Table) -> None:
        """Keep the block's questions.

        Raises:
            StorageError: The file cannot be written.
        """
        path = self._path(source, block)
        unfinished = f"{path}.{uuid.uuid4().hex}.part"
        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd", write_page_checksum=True)
        try:
            self._files.makedirs(self._root)
            with self._files.open(unfinished, "wb") as file:
                file.write(content.getbuffer())
            self._files.rename(unfinished, path, overwrite=True)
        except OSError as error:
            self._discard(unfinished)
            raise StorageError(
                f"Cannot write the question cache {self._root}: {error.strerror or error}; "
                "free space there, or run with --no-cache."
            ) from None

    def _discard(self, path: str) -> None:
        try:
            self._files.remove(path)
        except OSError:
            _log.debug("No unfinished block %s to remove", path)

    def _path(self, source: Source, block: Block) -> str:
        name = json.dumps([source.url, query_sha256(source), *block])
        return f"{self._root}/{hashlib.sha256(name.encode()).hexdigest()}.parquet"
