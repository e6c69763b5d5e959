"""From a topic to a title and a body, as HTML the way Stack Overflow writes it."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagstack.questions.generator.slots import Slots, topic_slots
from tagstack.questions.generator.topics import Phrases, Topic, load_phrases

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)]+)\)")
_WORD = re.compile(r"\b[a-z]{5,9}\b(?![>;])")
_LANGUAGES = {"python": "py", "javascript": "js", "c#": "cs", "c++": "cpp", "java": "java", "php": "php", "sql": "sql"}


@dataclass(frozen=True)
class Text:
    """A question's text: `title` is plain, `body` is HTML."""

    title: str
    body: str


def write_question(
    topic: Topic, tags: Sequence[str], rng: random.Random, *, short: bool = False, besides: Topic | None = None
) -> Text:
    """Write a question.

    Args:
        topic: What it is about.
        tags: Its tags, for how the technology is called and which language the code is in.
        rng: The source of every choice.
        short: Write a sentence or two without code, as from a phone.
        besides: Another topic that a sentence is about.
    """
    phrases, slots = load_phrases(), topic_slots(topic, tags, rng)
    blocks = list(_short(phrases, slots, rng) if short else _blocks(topic, tags, slots, rng))
    if besides:
        extra = rng.choice((*besides.facts, *besides.symptoms))
        blocks.insert(rng.randint(1, len(blocks)), paragraph("Besides: " + topic_slots(besides, tags, rng).fill(extra)))
    title = slots.fill(rng.choice(phrases.titles)).replace("`", "")
    return Text(_title(title, rng), _join(blocks, rng))


def write_vague(rng: random.Random) -> Text:
    """Write a question that does not tell what it is about."""
    phrases = load_phrases()
    slots = Slots(phrases.slots, rng)
    sentences = rng.sample(phrases.vague_bodies, 3) + rng.sample(phrases.noise, 1)
    blocks = [paragraph(slots.fill(sentence)) for sentence in sentences]
    return Text(_title(slots.fill(rng.choice(phrases.vague_titles)), rng), _join(blocks, rng))


def paragraph(markdown: str) -> str:
    """Turn a sentence with `code` and [links](https://...) into a paragraph."""
    return f"<p>{_inline(markdown)}</p>"


def code_block(code: str, tags: Sequence[str] = (), *, plain: bool = True) -> str:
    """Turn code into a block, with the class of its language unless `plain`."""
    language = next((_LANGUAGES[tag] for tag in tags if tag in _LANGUAGES), None)
    start = "<pre>" if plain or not language else f'<pre class="lang-{language} prettyprint-override">'
    return f"{start}<code>{html.escape(code, quote=False)}</code></pre>"


def misspell(text: str, rng: random.Random) -> str:
    """Swap two letters in one word of a text without links or attributes."""
    words = list(_WORD.finditer(text))
    if not words:
        return text
    at = rng.choice(words).start() + rng.randint(1, 3)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _blocks(topic: Topic, tags: Sequence[str], slots: Slots, rng: random.Random) -> Iterator[str]:
    phrases, said = load_phrases(), set[str]()

    def choose(lines: Sequence[str]) -> str:
        chosen = rng.choice([line for line in lines if line not in said])
        said.add(chosen)
        return slots.fill(chosen)

    def say(chance: float, *lists: Sequence[str]) -> Iterator[str]:
        if rng.random() < chance:
            yield paragraph(" ".join(choose(lines) for lines in lists))

    yield from say(1, phrases.openings, *[phrases.contexts] * rng.choice((0, 1, 1, 2)))
    yield from say(0.5, phrases.contexts, *[phrases.openings] * (rng.random() < 0.3))
    if rng.random() < 0.8:
        yield from say(1, phrases.code_leads)
        yield _snippet(topic, tags, slots, rng)
    yield from say(0.7, phrases.results)
    if rng.random() < 0.4:
        yield from say(1, phrases.error_leads)
        yield _message(slots.fill("<<error>>"), rng)
    yield from _attempts(phrases, slots, rng)
    yield from say(0.12, phrases.links)
    yield from (f"<blockquote>\n{quote}\n</blockquote>" for quote in say(0.06, phrases.quotes))
    yield from say(0.2, phrases.noise)
    yield from say(0.85, phrases.asks, *[phrases.asks] * (rng.random() < 0.2))
    yield from say(0.35, phrases.thanks)


def _short(phrases: Phrases, slots: Slots, rng: random.Random) -> Iterator[str]:
    yield paragraph(slots.fill(f"{rng.choice(phrases.openings)} {rng.choice(phrases.contexts)}"))
    yield paragraph(slots.fill(f"{rng.choice(phrases.results)} {rng.choice(phrases.asks)}"))


def _snippet(topic: Topic, tags: Sequence[str], slots: Slots, rng: random.Random) -> str:
    own = next((topic.code[tag] for tag in tags if tag in topic.code), None)
    code = slots.fill(rng.choice(own or next(iter(topic.code.values()))))
    return code_block(code, tags, plain=rng.random() < 0.7)


def _message(message: str, rng: random.Random) -> str:
    return code_block(message + "\n") if rng.random() < 0.6 else f"<blockquote>\n{paragraph(message)}\n</blockquote>"


def _attempts(phrases: Phrases, slots: Slots, rng: random.Random) -> Iterator[str]:
    form = rng.random()
    if form < 0.45:
        yield paragraph(slots.fill(rng.choice(phrases.attempt_leads)))
    elif form < 0.6:
        yield paragraph(rng.choice(phrases.list_leads))
        items = [f"<li>{_inline(slots.fill(f'<<attempt{number}>>'))}</li>" for number in range(rng.randint(2, 4))]
        yield "<ul>\n" + "\n".join(items) + "\n</ul>"


def _inline(markdown: str) -> str:
    text = html.escape(markdown, quote=False)
    text = _LINK.sub(r'<a href="\2" rel="nofollow noreferrer">\1</a>', text)
    return _CODE.sub(r"<code>\1</code>", text)


def _title(title: str, rng: random.Random) -> str:
    title = title[:1].upper() + title[1:] if rng.random() < 0.85 else title
    return misspell(title[:150], rng) if rng.random() < 0.06 else title[:150]


def _join(blocks: list[str], rng: random.Random) -> str:
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        at = rng.randrange(len(blocks))
        if blocks[at].startswith("<p>") and "href" not in blocks[at]:
            blocks[at] = misspell(blocks[at], rng)
    body = rng.choice(("\n", "\n\n")).join(blocks) + "\n"
    if rng.random() < 0.15:
        body = body.replace('"', "&quot;") if "href" not in body and "class" not in body else body
    return body
