"""Markdown as Stack Overflow reads it: CommonMark with inline HTML and fenced code, without tables."""

from __future__ import annotations

from markdown_it import MarkdownIt

MAX_NESTING = 20
"""Quotes and lists in one another; what lies deeper is left out."""
_RENDERER = MarkdownIt("commonmark", {"html": True, "maxNesting": MAX_NESTING})


def render_markdown(text: str) -> str:
    r"""Return Markdown as HTML. Nothing is sanitised: the HTML is read for its words and never shown.

    >>> render_markdown("How do I `sort`?\n\n    x.sort()\n")
    '<p>How do I <code>sort</code>?</p>\n<pre><code>x.sort()\n</code></pre>\n'
    """
    return str(_RENDERER.render(text))
