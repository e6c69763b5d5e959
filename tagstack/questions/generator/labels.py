"""Which tags a question earns, and what careless askers make of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from tagstack.questions.generator.prose import Text
from tagstack.questions.generator.topics import Topic, load_phrases

MAX_TAGS = 5
DROPPED = 0.07
SWAPPED = 0.05
"""Share of tags that are left out, or replaced by a relative."""
_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"[\w-]+")


def own_tags(topic: Topic, rng: random.Random, *, later: bool) -> list[str]:
    """Return the tags that the topic gives, before anything is written."""
    tags = list(topic.later_tags if later and topic.later_tags else topic.tags)
    if topic.one_of:
        tags.insert(0, rng.choice(topic.one_of))
    return tags + [tag for tag, chance in topic.maybe.items() if rng.random() < chance]


def mentioned_tags(text: Text, rng: random.Random) -> list[str]:
    """Return the tags that words of the text give."""
    phrases = load_phrases()
    words = " ".join(["", *_WORD.findall(_TAG.sub(" ", f"{text.title} {text.body}").lower()), ""])
    return [
        tag
        for tag, names in phrases.mentions.items()
        if any(f" {name} " in words for name in names) and rng.random() < phrases.mention_chance
    ]


def carelessly(tags: Iterable[str], rng: random.Random) -> list[str]:
    """Leave tags out or replace them by relatives, keep at least one and at most five."""
    relatives, kept = load_phrases().relatives, []
    tags = list(dict.fromkeys(tags))
    for tag in tags:
        chance = rng.random()
        if chance < DROPPED:
            continue
        kept.append(_relative(tag, relatives.get(tag, ()), rng) if chance < DROPPED + SWAPPED else tag)
    return list(dict.fromkeys(kept or tags[:1]))[:MAX_TAGS]


def _relative(tag: str, relatives: Sequence[str], rng: random.Random) -> str:
    return rng.choice(relatives) if relatives else tag
