"""The generator's data: what questions are about (`data/topics`), and how they are written (`data/phrases.yaml`).

To add a topic, add a file to `data/topics`; its name is the topic's name and its keys are the fields of `Topic`.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib import resources
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict


def _lines(value: object) -> object:
    return tuple(value.splitlines()) if isinstance(value, str) else value


def _by_tag(value: object) -> object:
    return {"": value} if isinstance(value, list) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
"""A list, or a text with an entry on each line."""


class Topic(BaseModel):
    """What some of the questions are about."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    weight: float
    """How often it is asked about, relative to the others."""
    tags: tuple[str, ...]
    """Tags of each question."""
    later_tags: tuple[str, ...] | None = None
    """What the same questions are tagged once the drift starts."""
    one_of: tuple[str, ...] = ()
    """Languages, of which each question has one more as a tag."""
    maybe: dict[str, float] = {}
    """More tags and how likely they are, whatever the text says."""
    related: tuple[str, ...] = ()
    """Topics that a question may touch besides."""
    emerges: bool = False
    """Asked about only once the drift starts, then more and more."""
    tasks: Lines
    """What people want, after *to*."""
    things: Lines
    """What it is done with."""
    symptoms: Lines
    """What goes wrong, as a clause."""
    errors: Lines
    """Messages."""
    facts: Lines
    """Sentences about the surroundings."""
    attempts: Lines
    """What was tried, after *I tried*."""
    code: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_tag)]
    """Snippets; where there are several languages, by tag."""


class Phrases(BaseModel):
    """How questions are written, whatever they are about; `data/phrases.yaml` explains the slots."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    drift_starts: dt.date
    covariate_share: float
    slots: dict[str, tuple[int | str | float, ...] | str]
    spoken: dict[str, tuple[str, ...]]
    mentions: dict[str, tuple[str, ...]]
    mention_chance: float
    relatives: dict[str, tuple[str, ...]]
    titles: Lines
    openings: Lines
    contexts: Lines
    code_leads: Lines
    results: Lines
    error_leads: Lines
    attempt_leads: Lines
    list_leads: Lines
    asks: Lines
    thanks: Lines
    links: Lines
    quotes: Lines
    noise: Lines
    vague_titles: Lines
    vague_bodies: Lines


@cache
def load_phrases() -> Phrases:
    """Read `data/phrases.yaml`."""
    return Phrases.model_validate(_read("phrases.yaml"))


@cache
def load_topics() -> dict[str, Topic]:
    """Read every file of `data/topics`, by name in alphabetical order."""
    folder = resources.files(__package__) / "data" / "topics"
    names = sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))
    return {name: Topic.model_validate({"name": name} | _read("topics", f"{name}.yaml")) for name in names}


def _read(*path: str) -> dict[str, Any]:
    text = (resources.files(__package__) / "data").joinpath(*path).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
