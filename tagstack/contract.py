"""The contract of a questions table: what every later stage may rely on.

A row that breaks a rule is set aside with the first rule it breaks; broken structure ends the run.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from tagstack.config import ContractSettings, PersonalKind, PrivacySettings
from tagstack.errors import ContractError
from tagstack.privacy import mask
from tagstack.rules import RowRules, check_structure, contract_rules, to_frame
from tagstack.table import QUARANTINE, QUESTIONS, RAW_QUESTIONS, Table, write_table


class ContractReport(BaseModel):
    """What validation saw. Shares, dates and tags are of the rows kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    kept: int
    set_aside: dict[str, int]
    """Rows by the first rule that they break."""
    empty_title_share: float
    empty_body_share: float
    first: dt.datetime
    last: dt.datetime
    distinct_tags: int
    masked: dict[PersonalKind, int]
    """Pieces of personal data by kind."""


@dataclass(frozen=True)
class Validation:
    """Questions that fulfil the contract, those that do not, and the report."""

    questions: Table
    quarantine: Table
    report: ContractReport


def validate(
    questions: Table,
    *,
    settings: ContractSettings,
    privacy: PrivacySettings,
    since: dt.date | None,
    until: dt.date | None,
    now: dt.datetime,
    progress: Callable[[int], None] | None = None,
) -> Validation:
    """Set rows aside that break the contract, and mask personal data in the others.

    Memory is bounded but for the ids seen and the rows set aside.

    Args:
        questions: A table of `tagstack.table.RAW_QUESTIONS`.
        settings: The limits.
        privacy: The kinds of personal data to mask.
        since: First day or moment (UTC) of the window; open where None.
        until: First day or moment (UTC) behind the window; open where None.
        now: With a time zone; later questions lie in the future.
        progress: Called with the number of rows of each batch.

    Raises:
        ContractError: A column is missing or of a wrong type; too many rows break a rule or have an empty title or
            body; or no row is left.
    """
    check_structure(questions.schema, place=str(questions.path))
    count = start_count(settings, privacy, since=since, until=until, now=now)
    kept = write_table(keep_good(questions.batches(columns=RAW_QUESTIONS.names), count, progress), QUESTIONS)
    _check_shares(count, settings)
    return Validation(kept, write_table(count.quarantine, QUARANTINE), _report(count))


def start_count(
    settings: ContractSettings,
    privacy: PrivacySettings,
    *,
    since: dt.date | None,
    until: dt.date | None,
    now: dt.datetime,
) -> ContractCount:
    """Begin a pass over questions; arguments as those of `validate`."""
    seen: set[int] = set()
    first, end = _utc(since or dt.date.min), _utc(until or dt.date.max)
    rules = RowRules(contract_rules(settings, since=first, until=end, now=now, seen=seen))
    return ContractCount(rules, seen, privacy, settings.require_tags)


def _utc(moment: dt.date) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return dt.datetime.combine(moment, dt.time.min, dt.UTC)


@dataclass
class ContractCount:
    """What one pass over questions has seen so far."""

    rules: RowRules
    seen: set[int]
    privacy: PrivacySettings
    tags_required: bool
    rows: int = 0
    kept: int = 0
    empty: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    quarantine: list[pa.RecordBatch] = field(default_factory=list)
    masked: Counter[PersonalKind] = field(default_factory=Counter)
    tags: set[str] = field(default_factory=set)
    dates: tuple[dt.datetime, dt.datetime] = (
        dt.datetime.max.replace(tzinfo=dt.UTC),
        dt.datetime.min.replace(tzinfo=dt.UTC),
    )


def keep_good(
    batches: Iterable[pa.RecordBatch], count: ContractCount, progress: Callable[[int], None] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows that fulfil the contract, masked, as batches of `tagstack.table.QUESTIONS`."""
    for batch in batches:
        frame = to_frame(batch)
        if not count.tags_required:
            blank = (frame["raw_tags"].str.strip() == "").fillna(value=False)
            frame = frame.assign(**{name: frame[name].mask(blank, None) for name in ("raw_tags", "tags")})
        broken = count.rules.broken(frame)
        count.rows += len(frame)
        count.seen.update(frame["post_id"].dropna())
        _set_aside(frame, broken, count)
        if len(broken) < len(frame):
            yield _mask_and_count(frame.drop(index=broken.index), count)
        if progress:
            progress(len(frame))


def _set_aside(frame: pd.DataFrame, broken: pd.Series, count: ContractCount) -> None:
    rows = [
        {"post_id": None if pd.isna(row["post_id"]) else int(row["post_id"]), "rule": rule,
         "detail": count.rules.rules[rule].detail(row)}
        for rule, (_, row) in zip(broken, frame.loc[broken.index].iterrows(), strict=True)
    ]  # fmt: skip
    count.set_aside.update(broken)
    if rows:
        count.quarantine.append(pa.RecordBatch.from_pylist(rows, QUARANTINE))
    for row in rows:
        count.details.setdefault(row["rule"], row["detail"])
        examples = count.examples.setdefault(row["rule"], [])
        if row["post_id"] is not None and len(examples) < 3:
            examples.append(row["post_id"])


_NOTHING = re.compile(r"(?:\s|&nbsp;|<[^>]*+>)*+")


def _mask_and_count(good: pd.DataFrame, count: ContractCount) -> pa.RecordBatch:
    count.kept += len(good)
    good = good.assign(tags=good["tags"].map(lambda own: own or [], na_action=None))
    for column in ("title", "body"):
        count.empty[column] += sum(_NOTHING.fullmatch(text) is not None for text in good[column])
    count.tags.update(tag for tags in good["tags"] for tag in tags)
    first, last = (moment.to_pydatetime() for moment in (good["created_at"].min(), good["created_at"].max()))
    count.dates = (min(count.dates[0], first), max(count.dates[1], last))
    masked = {column: [_mask(text, count) for text in good[column]] for column in ("title", "body")}
    columns = good.assign(**masked, score=good["score"].fillna(0))
    return pa.RecordBatch.from_pandas(columns[QUESTIONS.names], QUESTIONS, preserve_index=False)


def _mask(text: str, count: ContractCount) -> str:
    masked = mask(text, count.privacy.kinds)
    count.masked.update(masked.counts)
    return masked.text


def _check_shares(count: ContractCount, settings: ContractSettings) -> None:
    if not count.rows:
        raise ContractError("There is no question to validate; widen the window or check the source.")
    _check_bad_share(count, settings)
    for column, limit in (("title", settings.max_empty_title_share), ("body", settings.max_empty_body_share)):
        share = count.empty[column] / count.kept
        if share > limit:
            raise ContractError(
                f"Column {column} is empty in {share:.1%} of {count.kept} questions, more than the {limit:.1%} that "
                f"contract.max_empty_{column}_share allows; check the source or raise it."
            )


def _check_bad_share(count: ContractCount, settings: ContractSettings) -> None:
    bad = count.rows - count.kept
    if not bad or (count.kept and bad <= settings.max_bad_share * count.rows):
        return
    rule, times = count.set_aside.most_common(1)[0]
    column = count.rules.rules[rule].column
    if column == "unreadable":
        column = count.details[rule]  # which names the columns that could not be read
    ids = ", ".join(map(str, count.examples[rule])) or "none has an id"
    raise ContractError(
        f"{bad / count.rows:.1%} of {count.rows} questions break the contract, more than the "
        f"{settings.max_bad_share:.1%} that contract.max_bad_share allows; most often rule {rule} of column {column} "
        f"({times / count.rows:.1%}, for example post_id {ids}); mend the source or raise the share."
    )


def _report(count: ContractCount) -> ContractReport:
    return ContractReport(
        rows=count.rows,
        kept=count.kept,
        set_aside=dict(sorted(count.set_aside.items())),
        empty_title_share=count.empty["title"] / count.kept,
        empty_body_share=count.empty["body"] / count.kept,
        first=count.dates[0],
        last=count.dates[1],
        distinct_tags=len(count.tags),
        masked={kind: count.masked[kind] for kind in count.privacy.kinds},
    )
