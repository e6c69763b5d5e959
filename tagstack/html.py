"""HTML bodies to prose and code.

The rules, the same for both parsers below:

- the text of every ``<pre>`` is a code block of its own and leaves the prose; inline ``<code>`` stays in the prose, as
  it holds much of a question's vocabulary (``C#``, ``node.js``);
- block elements, ``<br>`` and table cells separate words, inline elements do not (``<b>foo</b>bar`` is ``foobar``);
- entities are decoded; tags, attributes (URLs and ``alt`` texts too), comments, scripts, styles and templates go;
- white space in prose is one blank; code keeps its lines and indentation.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup, NavigableString, PageElement, Tag
from bs4.element import PreformattedString
from selectolax.lexbor import LexborHTMLParser, LexborNode

BLOCKS = frozenset(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset "  # noqa: SIM905
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol optgroup option p "
    "pre section select summary table tbody td textarea tfoot th thead title tr ul".split()
)
"""Elements that separate words."""

DROPPED = frozenset(("script", "style", "template"))
"""Elements whose content is no text."""

ORDINARY = frozenset(
    "html head body a abbr b big blockquote br center cite code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i "  # noqa: SIM905
    "img ins kbd li mark ol p pre q s samp small span strike strong sub sup tt u ul var".split()
)
"""Elements on which both parsers agree: those Stack Exchange allows, but for tables, and their old-fashioned kin."""

_ODD = (
    re.compile(r"&(?!(?:amp|lt|gt|quot|nbsp|#\d{1,5}|#x[0-9a-f]{1,4});)[a-z#]", re.IGNORECASE),  # another entity
    re.compile(r"<pre[^<>]*+>[^<>]*+</(?!pre)", re.IGNORECASE),  # <p><pre></p>...</pre>
    re.compile(r"<t[rdh]\b", re.IGNORECASE),  # table cells, which HTML5 ignores where there is no table
    re.compile(r"<[a-z/][^<>]*+(?:<|\Z)", re.IGNORECASE),  # a tag without its end
)

MAX_REFERENCE_CHARACTERS = 30_000
"""html.parser takes quadratic time on hostile input; Stack Exchange caps posts at this length."""

MAX_TREE_TAGS = 5_000
"""HTML5 tree building takes quadratic time in the nesting depth; a longer post is read without a tree."""


@dataclass(frozen=True)
class Prose:
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

    Lexbor reads ordinary bodies. An odd one (an element outside `ORDINARY`, table cells, a rare entity, an unfinished
    tag, a ``<pre>`` closed at once) of at most `MAX_REFERENCE_CHARACTERS` goes to BeautifulSoup, the reference. A body
    with more than `MAX_TREE_TAGS` tags is scanned without building a tree.

    >>> remove_html("<p>Why is <code>C#</code> &lt; F#?</p><p>See:</p><pre><code>x = 1;</code></pre>")
    Prose(text='Why is C# < F#? See:', code='x = 1;', fallback=False)
    """
    body = body.replace("\0", "")
    if body.count("<") > MAX_TREE_TAGS:
        return read_flat(body)
    if len(body) > MAX_REFERENCE_CHARACTERS:
        return read_with_lexbor(body)[0]
    if any(odd.search(body) for odd in _ODD):
        return read_with_soup(body)
    prose, elements = read_with_lexbor(body)
    return prose if elements <= ORDINARY else read_with_soup(body)


def read_with_lexbor(body: str) -> tuple[Prose, set[str]]:
    """Read a body with the HTML5 parser Lexbor; return also the names of its elements."""
    root = LexborHTMLParser(body.encode("utf-8", "replace")).root
    if root is None:
        return Prose("", ""), set()
    blocks, elements = [root], set[str]()
    texts = [_lexbor_text(block, blocks, elements) for block in blocks]  # grows while <pre> elements are found
    return _prose(texts), elements


def _lexbor_text(root: LexborNode, blocks: list[LexborNode], elements: set[str]) -> str:
    parts: list[str] = []
    pending: list[LexborNode | None] = [None, *root.iter(include_text=True)][:0:-1]
    while pending:
        node = pending.pop()
        if node is None:
            parts.append("\n")
            continue
        name = node.tag or ""
        if name == "-text":
            parts.append(node.text_content or "")
            continue
        elements.add(name)
        if name == "pre":
            parts.append("\n")
            blocks.append(node)
        elif name not in DROPPED:
            inside = [*node.iter(include_text=True)][::-1]
            if name in BLOCKS:
                parts.append("\n")
                pending += [None] if inside else []
            pending += inside
    return "".join(parts)


def read_with_soup(body: str) -> Prose:
    """Read a body with BeautifulSoup and html.parser: the reference."""
    blocks: list[Tag] = [BeautifulSoup(body, "html.parser")]
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
    return Prose(" ".join(text.split()), "\n\n".join(filter(None, map(_trim, code))), fallback)


def _trim(code: str) -> str:
    return code.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
