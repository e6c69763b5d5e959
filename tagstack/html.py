"""HTML bodies to prose and code.

The rules, the same for both parsers below:

- the text of every ``<pre>`` is a code block of its own and leaves the prose; inline ``<code>`` stays in the prose, as
  it holds much of a question's vocabulary (``C#``, ``node.js``);
- block elements, ``<br>`` and table cells separate words, inline elements do not (``<b>foo</b>bar`` is ``foobar``);
- entities are decoded; tags, attributes (URLs and ``alt`` texts too), comments, scripts, styles and templates go;
- prose is Unicode NFC with single blanks for white space; code keeps its lines and indentation.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import NamedTuple

from bs4 import BeautifulSoup, NavigableString, PageElement, ParserRejectedMarkup, Tag
from bs4.element import PreformattedString
from selectolax.lexbor import LexborHTMLParser

from tagstack.text import normalise

BLOCKS = frozenset(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset "  # noqa: SIM905
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol optgroup option p "
    "pre section select summary table tbody td textarea tfoot th thead title tr ul".split()
)
"""Elements that separate words."""

DROPPED = frozenset(("script", "style", "template"))
"""Elements whose content is no text."""

_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|su[bp]|tt|u|var)"
    r"(?:\s[^<>]*+|/)?>"
)
_ODD_TAG = re.compile(r"<(?!/?(?:p|pre|li|[uod]l|blockquote|hr|h[1-6]|div|d[dt]|center)(?:\s[^<>]*+|/)?>)")
_ODD_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|nbsp|#\d{1,5}|#x[0-9a-fA-F]{1,4});)[a-zA-Z#]")
_ODD_TEXT = re.compile(r"<p(?:re(?:\s[^<>]*+)?>[^<]*+(?!</pre>)|>[^<]*+(?:<p>|</(?!p>)|\Z))")
_BREAK = re.compile(r"<br(?:\s[^<>]*+|/)?>")

MAX_REFERENCE_CHARACTERS, MAX_REFERENCE_TAGS = 30_000, 1_000
"""html.parser takes quadratic time on hostile input; Stack Exchange caps posts at that many characters."""

MAX_TREE_TAGS = 5_000
"""HTML5 tree building takes quadratic time in the nesting depth; a body with more tags is read without a tree."""


class Prose(NamedTuple):
    """What a body says.

    Attributes:
        text: The prose, words separated by single blanks.
        code: The code blocks, a blank line between two of them.
        fallback: The body was odd and went to BeautifulSoup.
    """

    text: str
    code: str
    fallback: bool = False


def remove_html(body: str) -> Prose:
    """Split an HTML body into prose and code.

    Lexbor reads what Stack Exchange writes. An odd body (another element, a comment, an unfinished tag, a rare entity,
    an unclosed ``<p>``, blocks in a ``<pre>``) goes to BeautifulSoup, the reference, and one that is odd and too large
    for it, or has more than `MAX_TREE_TAGS` tags, is scanned without building a tree.

    >>> remove_html("<p>Why is <code>C#</code> &lt; F#?</p><p>See:</p><pre><code>x = 1;</code></pre>")
    Prose(text='Why is C# < F#? See:', code='x = 1;', fallback=False)
    """
    body = body.replace("\0", "")
    tags = body.count("<")
    if tags > MAX_TREE_TAGS:
        return read_flat(body)
    blocks = _BREAK.sub("\n", _INLINE_TAG.sub("", body))
    if not _is_odd(blocks):
        return _read_blocks(blocks)
    if len(body) > MAX_REFERENCE_CHARACTERS or tags > MAX_REFERENCE_TAGS:
        return read_flat(body)
    return read_with_soup(body)


def _is_odd(blocks: str) -> bool:
    found = _ODD_TAG.search(blocks) or _ODD_ENTITY.search(blocks) or _ODD_TEXT.search(blocks)
    return found is not None


def _read_blocks(body: str) -> Prose:
    """Read a body that has no inline tags left with the HTML5 parser Lexbor: any two text nodes are to be separated."""
    tree = LexborHTMLParser(body)
    code = []
    for block in tree.tags("pre"):
        code.append(block.text(separator="\n"))
        block.decompose()
    root = tree.root
    return _prose([root.text(separator="\n") if root else "", *code])


def read_with_soup(body: str) -> Prose:
    """Read a body with BeautifulSoup and html.parser: the reference. What it rejects is scanned."""
    try:
        blocks: list[Tag] = [BeautifulSoup(body, "html.parser")]
    except ParserRejectedMarkup:
        return read_flat(body)
    texts = [_soup_text(block, blocks) for block in blocks]  # grows while <pre> elements are found
    return _prose(texts, fallback=True)


def _soup_text(root: Tag, blocks: list[Tag]) -> str:
    parts: list[str] = []
    pending: list[PageElement | None] = [*reversed(root.contents)]
    while pending:
        node = pending.pop()
        if node is None:
            parts.append("\n")
        elif isinstance(node, NavigableString):
            parts.append("" if isinstance(node, PreformattedString) else node)
        elif isinstance(node, Tag) and node.name == "pre":
            parts.append("\n")
            blocks.append(node)
        elif isinstance(node, Tag) and node.name not in DROPPED:
            if node.name in BLOCKS:
                parts.append("\n")
                pending += [None] if node.contents else []
            pending += node.contents[::-1]
    return "".join(parts)


_MARKUP = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(script|style|template)\b.*?(?:</\1\s*>|\Z)|[!?][^>]*+>?|(/?)([a-z][^\s/<>]*+)[^<>]*+>?)",
    re.IGNORECASE | re.DOTALL,
)


def read_flat(body: str) -> Prose:
    """Read a body tag by tag in linear time, for input that is too large or too deep to build a tree of."""
    prose: list[str] = []
    texts, depth, end = [prose], 0, 0
    for markup in _MARKUP.finditer(body):
        texts[-1 if depth else 0].append(body[end : markup.start()])
        end = markup.end()
        closing, name = markup[2], (markup[3] or "").lower()
        if name == "pre":
            depth = max(depth + (-1 if closing else 1), 0)
            texts += [[]] if depth == 1 and not closing else []
        if name in BLOCKS:
            texts[-1 if depth else 0].append("\n")
    texts[-1 if depth else 0].append(body[end:])
    return _prose(html.unescape("".join(parts)) for parts in texts)


def _prose(texts: Iterable[str], *, fallback: bool = False) -> Prose:
    text, *code = texts
    return Prose(normalise(text), "\n\n".join(filter(None, map(_trim, code))), fallback)


def _trim(code: str) -> str:
    lines = code.replace("\r\n", "\n").replace("\r", "\n") if "\r" in code else code
    return lines.strip("\n").rstrip()
