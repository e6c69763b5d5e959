"""Markdown as Stack Overflow reads it, and Markdown that means harm."""

import pytest

from tagstack.html import remove_html
from tagstack.serving.markdown import render_markdown


def test_what_stack_overflow_allows_becomes_html():
    text = (
        "Why is `x`:\n\n```python\nx = 1\n```\n\n<kbd>Ctrl</kbd> **bold** [link](https://example.org)\n\n    indented"
    )
    html = render_markdown(text)
    assert "<code>x</code>" in html
    assert '<pre><code class="language-python">x = 1\n</code></pre>' in html
    assert "<kbd>Ctrl</kbd> <strong>bold</strong>" in html
    assert "<pre><code>indented\n</code></pre>" in html


def test_tables_stay_text():
    assert "<table" not in render_markdown("| a | b |\n| - | - |\n| 1 | 2 |")


def test_prose_and_code_are_told_apart_as_in_html():
    written = remove_html(render_markdown("How do I *sort*?\n\n    x.sort()\n"))
    stored = remove_html("<p>How do I <em>sort</em>?</p>\n<pre><code>x.sort()\n</code></pre>")
    assert written == stored


@pytest.mark.parametrize(
    "piece",
    ["[", "![[", "*a ", "**a", "*_", ">", "> - ", "`", "<a ", "<!--", "&", "\\", "[a](", "- ", "a\n-\n", "\t", "]("],
)
def test_hostile_markdown_ends(piece):
    assert isinstance(render_markdown(piece * (5000 // len(piece))), str)


def test_what_is_nested_too_deep_is_left_out():
    assert render_markdown("> " * 500 + "deep").count("<blockquote>") <= 20


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "\r\r\n", "\u2028", "a" * 100_000])
def test_any_text_is_markdown(text):
    assert isinstance(render_markdown(text), str)
