"""Slots in phrases, and what they are filled with."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from tagstack.questions.generator.topics import Topic, load_phrases

_SLOT = re.compile(r"<<(\w+?)(\d?)>>")


class Slots:
    """The choices of one question: a word has one value throughout, a number one value in a phrase.

    >>> slots = Slots({"fruit": ["apple", "pear"]}, random.Random(0))
    >>> slots.fill("<<Fruit>> and <<fruit>>, not <<fruit2>>")
    'Pear and pear, not apple'
    """

    def __init__(self, choices: Mapping[str, Sequence[object] | str], rng: random.Random) -> None:
        self._choices = choices
        self._rng = rng
        self._chosen: dict[str, str] = {}

    def fill(self, phrase: str) -> str:
        """Replace each ``<<name>>``; ``<<name2>>`` differs from it and ``<<Name>>`` has a capital."""
        for key in [key for key in self._chosen if isinstance(self._choices[key.rstrip("0123456789")], str)]:
            del self._chosen[key]
        return self._fill(phrase)

    def _fill(self, phrase: str) -> str:
        return _SLOT.sub(self._value, phrase)

    def _value(self, match: re.Match[str]) -> str:
        name, number = match.groups()
        key = name.lower() + number
        if key not in self._chosen:
            self._chosen[key] = self._fill(self._choose(name.lower()))
        value = self._chosen[key]
        return value if name.islower() else value[:1].upper() + value[1:]

    def _choose(self, name: str) -> str:
        choices = self._choices[name]
        if isinstance(choices, str):
            least, _, greatest = choices.partition("..")
            return str(self._rng.randint(int(least), int(greatest)))
        taken = {value for key, value in self._chosen.items() if key.rstrip("0123456789") == name}
        free = [choice for choice in map(str, choices) if choice not in taken]
        return self._rng.choice(free or [str(choice) for choice in choices])


def topic_slots(topic: Topic, tags: Sequence[str], rng: random.Random) -> Slots:
    """Return slots for a question on a topic that has been given `tags`."""
    phrases = load_phrases()
    spoken = [name for tag in tags for name in phrases.spoken.get(tag, ())]
    parts = {
        "task": topic.tasks, "thing": topic.things, "symptom": topic.symptoms, "error": topic.errors,
        "fact": topic.facts, "attempt": topic.attempts, "tech": spoken or tags,
    }  # fmt: skip
    return Slots({**phrases.slots, **parts}, rng)
