"""The generated posts, one by one: questions, their answers and other posts, with what is planted in them."""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from tagstack.config import PersonalKind, SampleSettings
from tagstack.questions.generator import defects
from tagstack.questions.generator.calendar import ask_times, choose_topic, drifted
from tagstack.questions.generator.labels import carelessly, mentioned_tags, own_tags
from tagstack.questions.generator.personal import FIRST, PLACES, Place, code_line, invent, sentence
from tagstack.questions.generator.prose import Text, code_block, paragraph, write_question, write_vague
from tagstack.questions.generator.slots import topic_slots
from tagstack.questions.generator.topics import Topic, load_phrases, load_topics
from tagstack.questions.schema import ANSWER, QUESTION
from tagstack.questions.tags import format_tags

VAGUE = 0.06
TWO_TOPICS = 0.1
PERSONAL = 0.06
"""Shares of questions that do not tell their topic, that touch another one, and that hold personal data."""
_TAG_WIKI = 5
_REMEMBERED = 400

Row = dict[str, Any]


class Planted(NamedTuple):
    """Personal data in a question; `value` stands in the title, the prose or the code as it is."""

    kind: PersonalKind
    value: str
    field: Place


class Post(NamedTuple):
    """A row of `Posts` and the truth about it."""

    row: Row
    planted: tuple[Planted, ...] = ()
    defect: str | None = None
    duplicate_of: int | None = None


def generate(settings: SampleSettings) -> Iterator[Post]:
    """Yield posts by ascending Id, `settings.questions` questions among them; the same for the same settings."""
    rng = random.Random(f"{settings.questions} questions, seed {settings.seed}")
    recent: deque[Post] = deque(maxlen=_REMEMBERED)
    number = 1000
    for when in ask_times(settings.questions, rng):
        number += rng.randint(1, 4)
        question = _question(number, when, recent, rng)
        yield question
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            number += 1
            yield Post(_answer(number, when, rng))


def _question(number: int, when: dt.datetime, recent: deque[Post], rng: random.Random) -> Post:
    chance = rng.random()
    if recent and chance < defects.EXACT + defects.NEAR:
        return _duplicate(number, when, rng.choice(recent), rng, exact=chance < defects.EXACT)
    post = _fresh(number, when, rng)
    if chance > 1 - defects.BROKEN:
        defect = rng.choice(tuple(defects.SPOIL))
        broken = {**post.row, **defects.SPOIL[defect](post.row, rng)}
        lost = {"null_title": {"title"}, "empty_body": {"prose", "code"}}.get(defect, set())
        return Post(broken, tuple(item for item in post.planted if item.field not in lost), defect)
    recent.append(post)
    return post


def _fresh(number: int, when: dt.datetime, rng: random.Random) -> Post:
    topic, later = choose_topic(when, rng), drifted(when)
    besides = _besides(topic, rng, later=later)
    tags = own_tags(topic, rng, later=later)
    if rng.random() < VAGUE:
        text = write_vague(rng)
    else:
        short = later and rng.random() < load_phrases().covariate_share
        text = write_question(topic, tags, rng, short=short, besides=besides)
    tags += [*(besides.tags[:1] if besides and rng.random() < 0.6 else ()), *mentioned_tags(text, rng)]
    planted: tuple[Planted, ...] = ()
    if rng.random() < PERSONAL:
        text, planted = _plant(text, rng)
    return Post(_row(number, when, text, carelessly(tags, rng), rng), planted)


def _besides(topic: Topic, rng: random.Random, *, later: bool) -> Topic | None:
    related = [load_topics()[name] for name in topic.related]
    related = [other for other in related if later or not other.emerges]
    return rng.choice(related) if related and rng.random() < TWO_TOPICS else None


def _duplicate(number: int, when: dt.datetime, original: Post, rng: random.Random, *, exact: bool) -> Post:
    text = Text(original.row["Title"], original.row["Body"])
    # Personal data must stay as the truth says, so a text that holds some is only added to.
    again = text if exact else defects.edited(text, rng, only_add=bool(original.planted))
    row = _row(number, when, again, (), rng)
    kind = "exact_duplicate" if exact else "near_duplicate"
    return Post({**row, "Tags": original.row["Tags"]}, original.planted, kind, original.row["Id"])


def _plant(text: Text, rng: random.Random) -> tuple[Text, tuple[Planted, ...]]:
    planted = []
    for kind in rng.sample(get_args(PersonalKind), rng.choice((1, 1, 2))):
        personal, place = invent(kind, rng), rng.choice(PLACES[kind])
        if place == "title":
            text = Text(f"{text.title} ({personal.written})", text.body)
        elif place == "prose":
            text = Text(text.title, f"{text.body}\n{paragraph(sentence(personal, rng))}\n")
        else:
            text = Text(text.title, f"{text.body}\n{code_block(code_line(personal, rng) + chr(10))}\n")
        planted.append(Planted(kind, personal.value, place))
    return text, tuple(planted)


def _row(number: int, when: dt.datetime, text: Text, tags: Sequence[str], rng: random.Random) -> Row:
    edited = when + dt.timedelta(minutes=rng.randint(2, 90_000)) if rng.random() < 0.2 else None
    return {
        "Id": number,
        "PostTypeId": QUESTION,
        "CreationDate": when,
        "Score": int(rng.paretovariate(1.2)) - rng.choice((0, 1, 1, 2)),
        "ViewCount": int(rng.lognormvariate(4.5, 1.2)),
        "Body": text.body,
        "OwnerUserId": rng.randint(1, 900),
        "OwnerDisplayName": rng.choice(FIRST).title() if rng.random() < 0.1 else None,
        "LastEditDate": edited,
        "Title": text.title,
        "Tags": format_tags(tags),
        "AnswerCount": rng.randint(0, 4),
        "ClosedDate": when + dt.timedelta(hours=5) if rng.random() < 0.02 else None,
    }


def _answer(number: int, when: dt.datetime, rng: random.Random) -> Row:
    topic = choose_topic(when, rng)
    slots = topic_slots(topic, topic.tags, rng)
    body = paragraph(slots.fill("Have you tried <<attempt>>? With that I could <<task>> in version <<ver>>."))
    row = _row(number, when + dt.timedelta(minutes=rng.randint(3, 3000)), Text("", body), (), rng)
    kind = _TAG_WIKI if rng.random() < 0.02 else ANSWER
    return {**row, "PostTypeId": kind, "Title": None, "Tags": None, "AnswerCount": None, "ViewCount": None}
