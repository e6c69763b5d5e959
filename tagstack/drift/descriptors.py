"""Descriptors of questions: lengths, code, language and what their HTML is made of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import numpy as np
import numpy.typing as npt
import pandas as pd
from selectolax.lexbor import LexborHTMLParser

from tagstack.drift.sample import Sample
from tagstack.html import MAX_TREE_TAGS
from tagstack.split import utc

ELEMENTS = {
    "links": ("a",),
    "images": ("img",),
    "lists": ("ul", "ol"),
    "quotes": ("blockquote",),
    "headings": ("h1", "h2", "h3", "h4", "h5", "h6"),
    "code blocks": ("pre",),
}
"""HTML elements that are counted, by the name of their descriptor."""

NUMBERS = ("title length", "text length", "code share", "has code", *ELEMENTS)
"""Descriptors that are numbers: characters, words, a share of characters, 0 or 1, and elements a question."""

CATEGORIES = ("language",)
"""Descriptors that are categories."""

FUNCTION_WORDS = {
    "English": "the to of and how is this with i it for not in my can what",
    "German": "der die das und ist nicht ich ein eine wie zu mit auf den von",
    "French": "le les des est et une pour je dans que du sur avec pas comment",
    "Spanish": "el los las que una por para con es como del pero se mi en",
    "Portuguese": "os as que um uma para com não é como do da em eu meu",
    "Italian": "il che di per una con non come sono gli della è nel ho si",
    "Dutch": "het een van niet ik dat op te met voor zijn maar hoe ook deze",
}
"""Frequent words that tell languages of Latin script apart; a question's language is the one with most of them."""

_BY_WORD = {
    word: [language for language, words in FUNCTION_WORDS.items() if word in words.split()]
    for word in " ".join(FUNCTION_WORDS.values()).split()
}
_TAG = re.compile(r"<([a-z][a-z0-9]*)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGE_CHARACTERS = 500
_THURSDAY = 3
"""Weekday of 1970-01-01, day 0."""


def describe(sample: Sample) -> pd.DataFrame:
    """Return the descriptors of n questions, one row each in their order: `NUMBERS` and `CATEGORIES`.

    Lengths and code are those of the cleaned document, elements those of the HTML body.
    """
    documents = sample.documents
    text, code = documents["text"].str.len().to_numpy(float), documents["code"].str.len().to_numpy(float)
    frame = pd.DataFrame(
        {
            "title length": documents["title"].str.len().to_numpy(float),
            "text length": np.array([len(text.split()) for text in documents["text"]], float),
            "code share": np.divide(code, text + code, out=np.zeros_like(code), where=text + code > 0),
            "has code": (code > 0).astype(float),
        }
    )
    counts = np.array([count_elements(body) for body in sample.questions["body"]], float).reshape(-1, len(ELEMENTS))
    frame[list(ELEMENTS)] = counts
    frame["language"] = [
        guess_language(f"{title} {text}") for title, text in zip(documents["title"], documents["text"], strict=True)
    ]
    return frame


def count_elements(body: str) -> tuple[int, ...]:
    """Count the elements of `ELEMENTS` in an HTML body.

    A body with very many tags is scanned without a tree, as building one takes quadratic time in its depth.

    >>> dict(zip(ELEMENTS, count_elements("<h1>A</h1><ul><li><a href='b'>b</a></ul><pre>&lt;a&gt;</pre>")))
    {'links': 1, 'images': 0, 'lists': 1, 'quotes': 0, 'headings': 1, 'code blocks': 1}
    """
    if body.count("<") > MAX_TREE_TAGS:
        found = Counter(name.lower() for name in _TAG.findall(body))
        return tuple(sum(found[name] for name in names) for names in ELEMENTS.values())
    tree = LexborHTMLParser(body)
    return tuple(sum(len(tree.tags(name)) for name in names) for names in ELEMENTS.values())


def guess_language(text: str) -> str:
    """Return the language of a text of Latin script, or the script of any other.

    The script is that of most letters. `Latin` alone is a text with none of the words of `FUNCTION_WORDS`.

    >>> guess_language("How to sort a list?"), guess_language("Wie kann ich das machen?"), guess_language("Как сделать")
    ('English', 'German', 'Cyrillic')
    """
    text = text[:_LANGUAGE_CHARACTERS]
    script = "Latin" if text.isascii() else _script(text)
    if script != "Latin":
        return script
    hits = Counter(language for word in _WORD.findall(text.lower()) for language in _BY_WORD.get(word, ()))
    return max(FUNCTION_WORDS, key=lambda language: hits[language]) if hits else "Latin"


def _script(text: str) -> str:
    scripts = Counter(unicodedata.name(letter, "UNKNOWN").split()[0] for letter in text if letter.isalpha())
    return scripts.most_common(1)[0][0].capitalize() if scripts else "Latin"


def count_days(created_at: pd.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the questions of each whole day and its weekday (0 is Monday), both int64[days].

    The first and the last day are left out: they may be cut, and are there only because they have questions.
    """
    days = utc(created_at).astype("datetime64[D]").astype(np.int64)
    if not len(days):
        return days, days
    counts = np.bincount(days - days.min()).astype(np.int64)
    weekdays = (np.arange(days.min(), days.max() + 1) + _THURSDAY) % 7
    return counts[1:-1], weekdays[1:-1]
