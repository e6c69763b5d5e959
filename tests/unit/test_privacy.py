import html
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagstack.privacy import KINDS, find, mask
from tagstack.questions.generator.personal import PLACES, code_line, invent, sentence

FOUND = [
    ("email", "Write to ann.lee+so@mail.example.co.uk, please", "ann.lee+so@mail.example.co.uk"),
    ("email", "&lt;ann@example.org&gt;", "ann@example.org"),
    ("email", '<a href="mailto:ann%40example.org">', "ann%40example.org"),
    ("email", "ann [at] example [dot] org", "ann [at] example [dot] org"),
    ("ip", "ping 203.0.113.7.", "203.0.113.7"),
    ("ip", "http://192.168.1.20:8080/", "192.168.1.20"),
    ("ip", "http://1.2.3.4/", "1.2.3.4"),
    ("ip", "inet6 fe80::1ff:fe23:4567:890a%eth0", "fe80::1ff:fe23:4567:890a"),
    ("ip", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
    ("ip", "::ffff:203.0.113.7", "203.0.113.7"),
    ("phone", "+44 20 7946 0958", "+44 20 7946 0958"),
    ("phone", "+49 (0)30 901820", "+49 (0)30 901820"),
    ("phone", "(415) 555-0132", "(415) 555-0132"),
    ("phone", "1-800-555-0199", "1-800-555-0199"),
    ("phone", "07700 900123", "07700 900123"),
    ("phone", "06 12 34 56 78", "06 12 34 56 78"),
    ("phone", 'mobile: "9876543210"', "9876543210"),
    ("url_userinfo", "postgres://ann:s3cret@db/x", "ann:s3cret"),
    ("url_userinfo", "https://ann@git.example.org/x.git", "ann"),
    ("home_folder", "cd /home/ann/x", "ann"),
    ("home_folder", "/Users/ann", "ann"),
    ("home_folder", "c:\\users\\Ann Lee\\Desktop", "Ann Lee"),
    ("home_folder", '"C:\\\\Users\\\\ann\\\\x"', "ann"),
    ("home_folder", "/mnt/c/Users/ann/x", "ann"),
    ("secret", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("secret", "Authorization: Bearer abcdef0123456789abcd", "abcdef0123456789abcd"),
    ("secret", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_DEF", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_DEF"),
    ("secret", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPx", "wJalrXUtnFEMI/K7MDENG/bPx"),
    ("secret", "Server=db;Password=hunter2;", "hunter2"),
    ("secret", "&quot;password&quot;: &quot;correcthorse&quot;", "correcthorse"),
    ("secret", 'user.setPassword("tiger")', "tiger"),
    ("secret", "curl -u ann:pa55word https://x", "ann:pa55word"),
    ("mention", "<p>Thanks to @ann_lee, it works</p>", "@ann_lee"),
    ("mention", "<p>@jürgen I tried that</p>", "@jürgen"),
    ("mention", "I applied @Lee's answer", "@Lee"),
    ("mention", '<a href="https://example.org/users/1">@ann</a> said', "@ann"),
]

LEFT_ALONE = [
    "C# .NET node.js c++ html5 utf-8 F# objective-c",
    "user@host:~$ ls; [root@localhost ~]# ls",
    "git@github.com:org/repo.git ssh://git@example.org/x icon@2x.png umac-64@openssh.com",
    "@Override public void run() {}",
    "<p>I use @Autowired and the @Id annotation; @angular/core; @types/node@12</p>",
    "<p>@media (max-width: 600px)</p>",
    "<p>@Injectable() fails, @property too</p>",
    "<pre><code># thanks @ann\n@decorate</code></pre>",
    "SELECT @id FROM t WHERE a = @name",
    "//*[@id='x'] @Html.Partial('x') https://example.org/@ann/post",
    "127.0.0.1 0.0.0.0 ::1 255.255.255.0 224.0.0.1 10.0.0.0 localhost",
    "version 1.2.3.4, v1.2.3.4, Chrome/68.0.3440.106, Version=4.0.0.0, jquery-3.3.1.1.js, 1.3.6.1.4.1.311",
    "&lt;version&gt;10.20.30.40&lt;/version&gt; 'org:name:1.53.20.30'",
    "12:34:56 00:1A:2B:3C:4D:5E std::vector Face::Bad a::b",
    "04-12 10:11:12.123  4120 18880 W tag: 2018-04-12 10:11 03/31/2018",
    "1523524272 20180412101112 0x7fff5fbff8c0 550e8400-e29b-41d4-a716-446655440000 +31.75097946",
    "[1] 0.123456 1,234,567.89 123-45-678 5e10 000102253",
    "0040: 03 02 01 02 02 05 06 07 08 09",
    'password = getPassword(); password = ""; pwd = "${PWD}"; token = request.token; type="password"',
    'apiKey = "YOUR_API_KEY"; PublicKeyToken=b77a5c561934e089; sk-loading-indicator-wrapper',
    "/home/index ~/home/x example.com/home/ann/x /home/ubuntu/app /Users/Shared C:\\Users\\Public\\x /home/main.py",
    "https://example.org:8080/a@b/c",
]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_personal_data_is_found_as_its_kind(kind, text, value):
    assert [(finding.kind, text[finding.start : finding.end]) for finding in find(text)] == [(kind, value)]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_personal_data_is_replaced_by_its_kind(kind, text, value):
    masked = mask(text)
    assert masked.text == text.replace(value, f"[{kind}]", 1)
    assert masked.counts == {kind: 1}


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_technical_text_is_left_alone(text):
    assert mask(text).text == text


@pytest.mark.parametrize("kind", KINDS)
def test_planted_personal_data_is_masked_wherever_it_stands(kind):
    rng = random.Random(7)
    for number in range(300):
        personal = invent(kind, rng)
        place = PLACES[kind][number % len(PLACES[kind])]
        line = html.escape((code_line if place == "code" else sentence)(personal, rng), quote=False)
        body = f"<pre><code>{line}\n</code></pre>" if place == "code" else f"<p>So. {line} Thanks.</p>"
        assert personal.value not in html.unescape(mask(body).text)


def test_only_the_kinds_asked_for_are_masked():
    text = "ann@example.org at 203.0.113.7"
    assert mask(text, ["ip"]).text == "ann@example.org at [ip]"
    assert mask(text, []).text == text


def test_a_private_key_is_masked_whole():
    key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEow+/=\n-----END RSA PRIVATE KEY-----"
    assert mask(f"<pre><code>{key}\n</code></pre>").text == "<pre><code>[secret]\n</code></pre>"


def test_where_findings_overlap_one_stays():
    assert mask("https://ann:pw@example.org/x").text == "https://[url_userinfo]@example.org/x"
    assert mask('password = "ann@example.org"').text == 'password = "[secret]"'


def test_counts_tell_how_much_of_each_kind():
    assert mask("a@example.org, b@example.org, 203.0.113.7").counts == {"email": 2, "ip": 1}


PIECES = st.sampled_from(
    [text for _, text, _ in FOUND] + LEFT_ALONE + ["@", ":", "//", " ", "\n", "=", '"', "0", "+", "</p>"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join))
def test_masking_twice_changes_nothing_more(text):
    once = mask(text).text
    assert mask(once).text == once


@given(st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join))
def test_findings_are_in_order_and_apart(text):
    found = find(text)
    assert all(finding.start < finding.end for finding in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


HOSTILE = (
    "a", "1", "1.", "@", "a@", "a@a.", "a.", "://", "://a:", ":", "0:", "::", "+1", "+1 ", "(1", "(0", "0 1", "-",
    "/home/", "\\Users\\", "password=", 'password="', "eyJ", "eyJa.", "sk-", "-----BEGIN PRIVATE KEY-----", "<code>",
    "<code>@a ", "phone ", "phone: 1 ", "bearer ", "[at] ", "a [at] a.", "@a ", "a@example.org ", "token ", " -u ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.timeout(60)  # what grows with the square of the length takes hours
def test_hostile_texts_are_masked(piece):
    text = piece * (1_000_000 // len(piece))
    assert mask(mask(text).text).text == mask(text).text
