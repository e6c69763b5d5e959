import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagstack.html import MAX_REFERENCE_TAGS, MAX_TREE_TAGS, read_flat, read_with_soup, remove_html

WORDS = ["C#", ".NET", "node.js", "c++", "html5", "utf-8", "std::vector<int>", "a && b", "x < 5", "R", "f#"]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("read", [remove_html, read_with_soup, read_flat])
@pytest.mark.parametrize(
    ("body", "text", "code"),
    [
        ("<p>one</p><p>two</p>", "one two", ""),
        ("<b>foo</b>bar <i>b</i>az", "foobar baz", ""),
        ("one<br>two<br/>three<hr>four", "one two three four", ""),
        ("<ul><li>one</li><li>two</li></ul>three", "one two three", ""),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one two", ""),
        ("x &lt; y &amp;&amp; y &gt; z &quot;q&quot; caf&#233; &#x41;", 'x < y && y > z "q" café A', ""),
        ("&amp;lt;b&amp;gt; &eacute; &hellip;", "&lt;b&gt; é …", ""),
        ("  much\n\t white&nbsp;&nbsp;space \r\n", "much white space", ""),
        ("use <code>C#</code>, <code>a  b</code>", "use C#, a b", ""),
        ("see<pre><code>if (a &lt; b)\n    go();\n</code></pre>here", "see here", "if (a < b)\n    go();"),
        ("<pre><code>a\n</code></pre>and<pre>\nb</pre>", "and", "a\n\nb"),
        ("<pre><code>a<br>b\r\nc</code></pre>", "", "a\nb\nc"),
        ("a<script>alert('x')</script>b<style>p {}</style>c<!-- note -->d", "abcd", ""),
        ('<a href="https://example.org/page" title="t">link</a> <img src="x.png" alt="picture">', "link", ""),
        ("no HTML at all", "no HTML at all", ""),
        ("", "", ""),
        ("nul\0byte", "nulbyte", ""),
        ("cafe\u0301", "café", ""),
    ],
)
def test_prose_and_code_by_each_reader(read, body, text, code):
    prose = read(body.replace("\0", "")) if read is not remove_html else read(body)
    assert (prose.text, prose.code) == (text, code)


@pytest.mark.parametrize("word", WORDS)
def test_technical_words_survive_in_prose_and_code(word):
    prose = remove_html(f"<p>About {escape(word)}, <em>{escape(word)}</em></p><pre><code>{escape(word)}</code></pre>")
    assert (prose.text, prose.code) == (f"About {word}, {word}", word)


@pytest.mark.parametrize(
    "body",
    [
        "<p>a <svg>b</svg></p>",
        "<p>a &rarr; b</p>",
        "<p>AT&T</p>",
        "a <!-- b --> c",
        '<p>a <a href="b',
        "<p><pre></p><code>x = 1</code></pre>",
        "<p>unclosed",
        "vector<int>",
        "<P>old</P>",
    ],
)
def test_an_odd_body_goes_to_the_reference(body):
    assert remove_html(body) == read_with_soup(body)._replace(fallback=True)
    assert remove_html(body).fallback


def test_what_stack_exchange_writes_needs_no_fallback():
    body = (
        '<h2 id="a">T</h2><blockquote><p>a <kbd>b</kbd></p></blockquote><pre class="lang-py"><code>c</code></pre><hr />'
    )
    assert not remove_html(body).fallback


def test_what_the_reference_rejects_is_scanned():
    assert remove_html("<p>a</p><![<![").text == "a"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("nested", "<div>" * 100_000 + "x" + "</div>" * 100_000),
        ("nested code", "<pre>" * 100_000 + "x"),
        ("never closed", "<b>" * 100_000 + "x"),
        ("large", "<p>hello &amp; <b>x</b></p>\n" * 200_000),
        ("one long line", "x" * 5_000_000),
        ("no tags", "<" * 2_000_000 + " x"),
        ("entities", "&" * 5_000_000 + "x"),
        ("open comments", "x" + "<!--" * 1_000_000),
        ("open attribute", "x" + '<a href="' * 200_000),
        ("open attributes below the limit", "x" + '<a b="' * MAX_REFERENCE_TAGS),
        ("open scripts", "x" + "<script>" * 200_000),
        ("deep below the limit", "<div>" * MAX_TREE_TAGS + "x"),
        ("deep and odd", "<x>" * MAX_TREE_TAGS + "x"),
        ("nul bytes", "\0" * 5_000_000 + "x"),
    ],
)
@pytest.mark.timeout(60)  # what grows with the square of the length takes hours
def test_hostile_bodies_are_read(name, body):
    assert "x" in remove_html(body).text + remove_html(body).code, name


def test_lone_surrogates_are_no_error():
    assert remove_html("<p>a \ud800 b</p>").text.split()[0] == "a"


@given(st.text(max_size=200) | st.text("<>/!?-&;#=\"' abp\0", max_size=200))
def test_nothing_raises(body):
    remove_html(body)
    read_flat(body)


WELL_FORMED = st.recursive(
    st.sampled_from(["foo", " bar ", "x &lt; y", "C#\n", "&amp;", "&nbsp;", "<br>", "<br />", '<img src="x">', "\n\n"]),
    lambda inner: st.tuples(
        st.sampled_from(["p", "b", "code", "em", "ul", "li", "blockquote", "h1", "div", "a", "span"]),
        st.lists(inner, max_size=4),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
    max_leaves=12,
)


@given(st.lists(WELL_FORMED, max_size=4).map("".join))
def test_well_formed_bodies_leave_no_tag_and_agree_with_the_reference(body):
    prose, reference = remove_html(body), read_with_soup(body)
    assert (prose.text, prose.code) == (reference.text, reference.code)
    assert "</" not in prose.text
    assert prose.text == " ".join(prose.text.split())


@pytest.mark.real
def test_prose_and_code_equal_beautifulsoup_on_real_bodies(real_data):
    for file in ("so_general_2008_2018.parquet", "so_mixed_2008_2021.parquet"):
        bodies = pd.read_parquet(real_data / file, columns=["Body"])["Body"].tolist()
        sample = random.Random(0).sample(bodies, 600)
        odd = [body for body in bodies if "<br" in body or "<table" in body or "&copy" in body or "<pre></p>" in body]
        for body in [*sample, *odd[:200]]:
            prose, reference = remove_html(body), read_with_soup(body)
            assert (prose.text, prose.code) == (reference.text, reference.code)


@pytest.mark.real
def test_few_real_bodies_are_odd(real_data):
    bodies = pd.read_parquet(real_data / "so_general_2008_2018.parquet", columns=["Body"])["Body"][:4000]
    assert sum(remove_html(body).fallback for body in bodies) < 0.01 * len(bodies)
