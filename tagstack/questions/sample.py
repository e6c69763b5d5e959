"""The generated questions of the embedded default, and the truth about them.

Besides `Posts` the tables of `tagstack.questions.generator.truth` are written.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from tagstack.config import SampleSettings, SourceSettings
from tagstack.errors import SourceError, StorageError
from tagstack.paths import home
from tagstack.questions.database import address, open_connection, sql_errors
from tagstack.questions.generator.posts import Post, generate
from tagstack.questions.generator.truth import DEFECTS, FACTS, PLANTED, TRUTH, drift_facts
from tagstack.questions.schema import METADATA, POSTS, QUESTION

BATCH_ROWS = 1000


class SampleSummary(BaseModel):
    """What was written."""

    model_config = ConfigDict(frozen=True)

    url: str
    questions: int
    posts: int
    planted: int
    defects: dict[str, int]

    def __str__(self) -> str:
        broken = ", ".join(f"{count} {kind}" for kind, count in sorted(self.defects.items()))
        return (
            f"{self.questions:,} questions among {self.posts:,} posts written to {self.url} "
            f"({self.planted} pieces of personal data; {broken})."
        )


def source_url(source: SourceSettings) -> str:
    """Return the database that `source` names, or the sample's, which is made on first use."""
    if source.database_url:
        return source.database_url
    sample = source.sample
    name = f"questions-{sample.questions}-seed-{sample.seed}-{recipe(sample)[:12]}.db"
    return ensure_sample(home() / "sample" / name, sample)


def source_name(source: SourceSettings) -> str | None:
    """Return what the sample is called wherever its file lies; None for a database, which its address names."""
    if source.database_url:
        return None
    sample = source.sample
    return f"generated sample {recipe(sample)[:12]} ({sample.questions} questions, seed {sample.seed})"


def ensure_sample(path: Path, settings: SampleSettings) -> str:
    """Return the URL of an SQLite file with the sample; make it where it is missing or of another recipe.

    Raises:
        SourceError: The file is there and is no sample.
        StorageError: It cannot be written.
    """
    path = path.absolute()
    url = f"sqlite:///{path}"
    if path.exists() and _recipe_in(url) == recipe(settings):
        return url
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sample(f"sqlite:///{unfinished}", settings)
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(
            f"Cannot write the sample {path}: {error.strerror}; free the place or set TAGSTACK_HOME."
        ) from None
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return url


def write_sample(url: str, settings: SampleSettings, *, progress: Callable[[int], None] | None = None) -> SampleSummary:
    """Write the sample to any database, all of it or nothing; an earlier sample there is replaced.

    Args:
        url: Any SQLAlchemy URL.
        settings: How many questions, and the seed: the same settings give the same posts.
        progress: Called with the number of questions of each batch.

    Raises:
        SourceError: The database cannot be reached or holds posts that are no sample.
        StorageError: It cannot be written.
    """
    counts: Counter[str] = Counter()
    failure = sql_errors(
        f"Cannot write the sample to {address(url)}", "check its space and your rights", kind=StorageError
    )
    with open_connection(url, read_only=False) as connection, failure:
        _make_room(connection, address(url))
        connection.execute(sa.insert(FACTS), list(drift_facts()))
        connection.execute(sa.insert(FACTS), [{"kind": "recipe", "detail": recipe(settings)}])
        posts = generate(settings)
        while batch := list(islice(posts, BATCH_ROWS)):
            questions = _write(connection, batch, counts)
            if progress:
                progress(questions)
        connection.commit()
    defects = {kind: count for kind, count in counts.items() if kind not in {"questions", "posts", "planted"}}
    return SampleSummary(
        url=address(url),
        questions=counts["questions"],
        posts=counts["posts"],
        planted=counts["planted"],
        defects=defects,
    )


def recipe(settings: SampleSettings) -> str:
    """Return a hash of what determines the sample: the settings and every file of the generator."""
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for file in _files(resources.files("tagstack.questions.generator")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".py", ".yaml")):
            yield entry


def _recipe_in(url: str) -> str | None:
    advice = "remove the file or name another one"
    with sql_errors(f"Cannot read {url}", advice), open_connection(url, read_only=True) as connection:
        if not sa.inspect(connection).has_table(FACTS.name):
            raise SourceError(f"{url} is there and is no sample; {advice}.")
        return connection.execute(sa.select(FACTS.c.detail).where(FACTS.c.kind == "recipe")).scalar()


def _make_room(connection: sa.Connection, where: str) -> None:
    inspector = sa.inspect(connection)
    if inspector.has_table(POSTS.name) and not inspector.has_table(FACTS.name):
        raise SourceError(f"{where} holds posts that are no sample and are not replaced; name another database.")
    for metadata in (TRUTH, METADATA):
        metadata.create_all(connection)
        for table in metadata.sorted_tables:
            connection.execute(sa.delete(table))


def _write(connection: sa.Connection, posts: list[Post], counts: Counter[str]) -> int:
    connection.execute(sa.insert(POSTS), [post.row for post in posts])
    planted = [{"post_id": post.row["Id"], **item._asdict()} for post in posts for item in post.planted]
    broken = [
        {"post_id": post.row["Id"], "kind": post.defect, "of_post_id": post.duplicate_of}
        for post in posts
        if post.defect
    ]
    for table, rows in ((PLANTED, planted), (DEFECTS, broken)):
        if rows:
            connection.execute(sa.insert(table), rows)
    questions = len([post for post in posts if post.row["PostTypeId"] == QUESTION])
    counts.update({"questions": questions, "posts": len(posts), "planted": len(planted)})
    counts.update(str(row["kind"]) for row in broken)
    return questions
