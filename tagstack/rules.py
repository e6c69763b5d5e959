"""The rules of a questions table, as a pandera schema. The only module that imports pandera."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from tagstack.config import ContractSettings
from tagstack.errors import ContractError
from tagstack.questions.tags import parse_tags
from tagstack.table import RAW_QUESTIONS

_TAG = re.compile(r"[\w.#+:/()-]{1,35}")
_TYPES = {
    "post_id": pd.Int64Dtype(),
    "created_at": "datetime64[us, UTC]",
    "title": "str",
    "body": "str",
    "raw_tags": "str",
    "score": pd.Int32Dtype(),
    "unreadable": object,
}
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.large_string(): pd.StringDtype()}.get


@dataclass(frozen=True)
class Rule:
    """One promise about the rows of a column.

    Attributes:
        name: What is promised.
        column: Whose values are checked.
        holds: Says of a column's values, nulls left out, which keep the promise; None where null itself breaks it.
        detail: Says why a row breaks it, without any of its text.
    """

    name: str
    column: str
    holds: Callable[[pd.Series], pd.Series] | None
    detail: Callable[[pd.Series], str]


def contract_rules(
    settings: ContractSettings, *, since: dt.datetime, until: dt.datetime, now: dt.datetime, seen: set[int]
) -> list[Rule]:
    """Return the rules in the order in which the first broken one is reported.

    Args:
        settings: The limits.
        since: Start of the window, inclusive.
        until: End of the window, exclusive.
        now: Later questions lie in the future.
        seen: The post ids of the rows before; the caller adds to it.
    """
    longest, most = settings.max_body_characters, settings.max_tags
    tags_present = [Rule("tags_present", "raw_tags", None, _null)] if settings.require_tags else []
    return [
        Rule("readable", "unreadable", lambda names: names.str.len() == 0, lambda row: ", ".join(row["unreadable"])),
        Rule("post_id_present", "post_id", None, _null),
        Rule("post_id_positive", "post_id", lambda ids: ids > 0, lambda row: str(row["post_id"])),
        Rule("post_id_unique", "post_id", lambda ids: ~(ids.duplicated() | ids.isin(seen)), lambda _: "seen before"),
        Rule("created_at_present", "created_at", None, _null),
        Rule("created_at_not_in_future", "created_at", lambda at: at <= now, _moment),
        Rule("created_at_in_window", "created_at", lambda at: (at >= since) & (at < until), _moment),
        Rule("title_present", "title", None, _null),
        Rule("title_length", "title", lambda text: text.str.len() <= longest, _length("title", longest)),
        Rule("body_present", "body", None, _null),
        Rule("body_length", "body", lambda text: text.str.len() <= longest, _length("body", longest)),
        *tags_present,
        Rule("tags_well_formed", "raw_tags", _are_well_formed, lambda _: "not <a><b>, |a|b| or a|b, or a tag twice"),
        Rule("tags_count", "tags", lambda tags: tags.str.len().between(1, most), _count(most)),
        Rule("tag_characters", "tags", _have_tag_characters, lambda _: "a tag is too long or no tag at all"),
    ]


def _null(_: pd.Series) -> str:
    return "null"


def _moment(row: pd.Series) -> str:
    return str(row["created_at"].isoformat())


def _length(column: str, longest: int) -> Callable[[pd.Series], str]:
    return lambda row: f"{len(row[column])} characters, at most {longest}"


def _count(most: int) -> Callable[[pd.Series], str]:
    return lambda row: f"{len(row['tags'])} tags, 1 to {most}"


def _are_well_formed(raw: pd.Series) -> pd.Series:
    return raw.map(lambda text: parse_tags(text) is not None).astype(bool)


def _have_tag_characters(tags: pd.Series) -> pd.Series:
    return tags.map(lambda names: all(map(_TAG.fullmatch, names))).astype(bool)


def to_frame(batch: pa.RecordBatch) -> pd.DataFrame:
    """Turn raw questions into a frame whose integers may be null, with the parsed `tags` (None where malformed)."""
    frame: pd.DataFrame = batch.to_pandas(types_mapper=_NULLABLE)
    parsed = [parse_tags(raw) if isinstance(raw, str) else None for raw in frame["raw_tags"]]
    return frame.assign(tags=pd.Series(parsed, index=frame.index, dtype=object))


def check_structure(schema: pa.Schema, *, place: str) -> None:
    """Check that a table has the columns and types of raw questions.

    Raises:
        ContractError: A column is missing or of another type.
    """
    promised = pandera.DataFrameSchema({name: pandera.Column(kind, nullable=True) for name, kind in _TYPES.items()})
    try:
        promised.validate(schema.empty_table().to_pandas(types_mapper=_NULLABLE), lazy=True)
    except pandera.errors.SchemaErrors as error:
        case = error.failure_cases.iloc[0]
        if case["check"] == "column_in_dataframe":
            problem = f"no column {case['failure_case']}; it needs {', '.join(RAW_QUESTIONS.names)}"
        else:
            name = case["column"]
            problem = f"{schema.field(name).type} in column {name}, which must be {RAW_QUESTIONS.field(name).type}"
        raise ContractError(f"The questions in {place} have {problem}.") from None


class RowRules:
    """Rules as one pandera schema, applied to one frame after the other."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self._order = {rule.name: position for position, rule in enumerate(rules)}
        self._not_null = {rule.column: rule.name for rule in rules if rule.holds is None}
        columns = dict.fromkeys(rule.column for rule in rules)
        self._schema = pandera.DataFrameSchema({name: self._column(name, rules) for name in columns})

    def _column(self, name: str, rules: Sequence[Rule]) -> pandera.Column:
        checks = [pandera.Check(rule.holds, name=rule.name) for rule in rules if rule.column == name and rule.holds]
        return pandera.Column(checks=checks, nullable=name not in self._not_null)

    def broken(self, frame: pd.DataFrame) -> pd.Series:
        """Return the name of the first rule that each broken row breaks; the index tells the row."""
        try:
            self._schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            cases = error.failure_cases
            names = cases["check"].where(cases["check"] != "not_nullable", cases["column"].map(self._not_null))
            order = pd.Series(names.map(self._order).to_numpy(), index=cases["index"].astype(int))
            return order.groupby(level=0).min().map({position: name for name, position in self._order.items()})
        return pd.Series(dtype=str)
