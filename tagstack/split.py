"""Which documents train, which calibrate, which test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict

from tagstack.config import SplitSettings
from tagstack.embeddings import positions
from tagstack.errors import TagstackError
from tagstack.labels import LabelMatrix

Part = Literal["train", "calibrate", "test"]
PARTS: tuple[Part, ...] = ("train", "calibrate", "test")
TRAIN, CALIBRATE, TEST = range(3)
UNUSED = -1


@dataclass(frozen=True, eq=False)
class Split:
    """The part of each of n documents.

    Attributes:
        ids: int64[n], the documents' post ids.
        parts: int8[n], positions in `PARTS`; -1 for a document that no part uses.
    """

    ids: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int8]

    def members(self, part: Part) -> npt.NDArray[np.int64]:
        """Return the post ids of one part, in document order."""
        chosen: npt.NDArray[np.int64] = self.ids[self.parts == PARTS.index(part)]
        return chosen


class PartReport(BaseModel):
    """Size and dates of one part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part
    documents: int
    share: float
    first: dt.datetime
    last: dt.datetime


class TagSupport(BaseModel):
    """How many documents of each part carry a tag."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: str
    train: int
    calibrate: int
    test: int


class SplitReport(BaseModel):
    """What a split did.

    Attributes:
        parts: size and dates of train, calibrate and test.
        left_out: documents in no part, because a near-duplicate of theirs lies in an earlier one.
        supports: the model's tags with the most training documents first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[PartReport, ...]
    left_out: int
    supports: tuple[TagSupport, ...]


def split_documents(
    ids: npt.NDArray[np.int64], created_at: npt.ArrayLike, groups: npt.NDArray[np.int64], *, settings: SplitSettings
) -> Split:
    """Give each document a part so that near-duplicates never lie in two parts.

    By time, the parts follow one another and documents of one instant stay together. A group that crosses a boundary
    keeps its place in the earliest part it reaches; its later members belong to no part, so nothing of a later time is
    ever trained on and nothing seen in training is ever tested. At random, groups are drawn whole.

    Args:
        ids: Post ids [n].
        created_at: Timestamps [n]; those without a zone are UTC.
        groups: Group number of each document [n]; near-duplicates share one.
        settings: Method, shares and seed.

    Raises:
        TagstackError: The documents cannot fill three parts.
    """
    if settings.method == "time":
        parts = _in_one_part(_by_time(utc(created_at), settings), groups)
    else:
        parts = _at_random(groups, settings)
    sizes = [int((parts == part).sum()) for part in range(3)]
    if min(sizes) == 0:
        raise TagstackError(
            f"{len(ids)} documents of {len(np.unique(groups))} groups leave train, calibrate and test with {sizes} "
            f"documents under split.method={settings.method}; widen the window or change the shares."
        )
    return Split(ids=np.asarray(ids, np.int64), parts=parts)


def report_split(split: Split, created_at: npt.ArrayLike, labels: LabelMatrix, *, top: int = 20) -> SplitReport:
    """Describe a split: sizes, dates, and by part the support of the `top` tags.

    Args:
        split: The split of n documents.
        created_at: Their timestamps [n].
        labels: Tags of at least those documents.
        top: How many tags to list.
    """
    times = utc(created_at)
    matrix = labels.matrix[positions(labels.ids, split.ids)]
    supports = np.stack([np.asarray(matrix[split.parts == part].sum(axis=0)).ravel() for part in range(3)], axis=1)
    most = np.argsort(-supports[:, TRAIN], kind="stable")[:top]
    return SplitReport(
        parts=tuple(_describe(part, times[split.parts == at], len(times)) for at, part in enumerate(PARTS)),
        left_out=int((split.parts == UNUSED).sum()),
        supports=tuple(
            TagSupport(tag=labels.classes[i], train=train, calibrate=calibrate, test=test)
            for i, (train, calibrate, test) in zip(most, supports[most].tolist(), strict=True)
        ),
    )


def utc(timestamps: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    """Return timestamps of any kind as datetime64[us] in UTC; those without a zone are taken as UTC.

    >>> utc(["2018-05-13T23:00:00+02:00"])
    array(['2018-05-13T21:00:00.000000'], dtype='datetime64[us]')
    """
    index = pd.DatetimeIndex(pd.to_datetime(timestamps, utc=True))  # type: ignore[arg-type]
    return index.tz_localize(None).as_unit("us").to_numpy()


def _by_time(times: npt.NDArray[np.datetime64], settings: SplitSettings) -> npt.NDArray[np.int8]:
    instants, counts = np.unique(times, return_counts=True)
    before = np.cumsum(counts) - counts
    if len(instants) < 3:
        raise TagstackError(
            f"{len(times)} documents have {len(instants)} different dates; a split by time needs three at least: "
            "widen the window or set split.method=random."
        )
    wanted = len(times) * (1 - settings.test_share)
    test = 2 + int(np.abs(before[2:] - wanted).argmin())
    wanted -= len(times) * settings.calibration_share
    calibrate = 1 + int(np.abs(before[1:test] - wanted).argmin())
    starts = instants[[calibrate, test]]
    return np.searchsorted(starts, times, side="right").astype(np.int8)


def _in_one_part(parts: npt.NDArray[np.int8], groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    _, member_of = np.unique(groups, return_inverse=True)
    earliest = np.full(member_of.max() + 1, len(PARTS), np.int8)
    np.minimum.at(earliest, member_of, parts)
    return np.where(parts == earliest[member_of], parts, np.int8(UNUSED))


def _at_random(groups: npt.NDArray[np.int64], settings: SplitSettings) -> npt.NDArray[np.int8]:
    _, member_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(settings.seed).permutation(len(sizes))
    ends = np.cumsum(sizes[order]) / len(groups)
    drawn = np.empty(len(sizes), np.int8)
    drawn[order] = np.select(
        [ends <= settings.test_share, ends <= settings.test_share + settings.calibration_share],
        [TEST, CALIBRATE],
        TRAIN,
    )
    return drawn[member_of]


def _describe(part: Part, times: npt.NDArray[np.datetime64], documents: int) -> PartReport:
    first, last = (moment.astype(dt.datetime).replace(tzinfo=dt.UTC) for moment in (times.min(), times.max()))
    return PartReport(part=part, documents=len(times), share=len(times) / documents, first=first, last=last)
