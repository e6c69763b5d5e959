"""The mail: complete as text, whole as HTML, harmless whatever a tag is called."""

import datetime as dt
from email import message_from_bytes
from email.policy import SMTP

import lxml.html
import pytest

from tagstack.alerts.message import compose
from tagstack.alerts.rules import AlertMemory, plan
from tagstack.alerts.settings import AlertSettings

DATE = dt.datetime(2024, 10, 4, 6, 30, tzinfo=dt.UTC)
LINKS = {"The run": "https://zenml.example.org/runs/1?a=1&b=2", "Over time": "python run.py monitor"}


@pytest.fixture
def write(make_report):
    """Compose the mail of a report and bring it through its bytes, as a mail server does."""

    def make(severity="critical", *, kinds=("concept", "vocabulary"), memory=(), more=None, **options):
        report = make_report(severity, kinds=kinds, **(more or {}))
        mail = plan(report, AlertMemory(memory), AlertSettings(), now=report.as_of).mail
        message = compose(report, mail, date=DATE, **options)
        return message_from_bytes(bytes(message), policy=SMTP)

    return make


def text_of(message):
    return message.get_body(("plain",)).get_content()


def html_of(message):
    return message.get_body(("html",)).get_content()


def words_of(html):
    return " ".join(lxml.html.fromstring(html).body.text_content().split())


def test_it_is_text_or_html_with_its_pictures(write, png):
    message = write(pictures={"Tests & thresholds": png, "Tags": png})
    text, related = message.iter_parts()
    html, *pictures = related.iter_parts()
    assert [part.get_content_type() for part in (message, text, related, html, *pictures)] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
    ]
    shown = [(image.get("src"), image.get("alt")) for image in lxml.html.fromstring(html_of(message)).iter("img")]
    ids = [picture["Content-ID"].strip("<>") for picture in pictures]
    assert shown == [(f"cid:{ids[0]}", "Tests & thresholds"), (f"cid:{ids[1]}", "Tags")]
    assert {picture.get_content_disposition() for picture in pictures} == {"inline"}
    assert pictures[0].get_content() == png


def test_without_pictures_it_is_still_html(write):
    assert "<img" not in html_of(write())


def test_text_and_html_tell_the_same_and_all_of_it(write):
    more = {"tags": ("java", "sql"), "new": ("htmx",), "untested": ("prior",)}
    message = write(more=more, links=LINKS, decision="Train: critical drift.")
    told = [
        "Concept and vocabulary drift",
        "Model tagstack, version 3.",
        "500 questions from 2024-09-01 to 2024-10-01 (480 with tags), with 900 test questions of training",
        "Train on fresh questions.",
        "Train: critical drift.",
        "reason one",
        "statistic 0.432",
        "0.123",
        "Cliff's delta 0.31",
        "2 of 3 tests found drift. Not enough data: 1.",
        "0.580 [0.560, 0.600]",
        "0.410 [0.380, 0.440]",
        "fell too far",
        "java",
        "2.0 %",
        "7.5 %",
        "htmx",
        "41.2×",
        "No prior tests.",
        "The run",
        "python run.py monitor",
        "2024-10-01 00:00 UTC",
    ]
    for words in (" ".join(text_of(message).split()), words_of(html_of(message))):
        assert [one for one in told if one not in words] == []
    assert "CRITICAL: " in text_of(message)
    assert LINKS["The run"] in text_of(message)


def test_headers_say_that_a_machine_wrote_it_and_which(write):
    message = write()
    assert message["Subject"] == "Critical: concept, vocabulary drift of tagstack version 3"
    assert message["Date"].datetime == DATE
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] == "high"
    assert message["From"] is message["To"] is message["In-Reply-To"] is None
    assert message["Message-ID"] == write()["Message-ID"]
    assert message["Message-ID"] != write(more={"tags": ("java",)})["Message-ID"]


def test_a_follow_up_stands_in_the_thread_of_the_mail_before(write, make_report):
    first = make_report("warning", kinds=("concept",))
    sent = plan(first, AlertMemory(), AlertSettings(), now=first.as_of)
    begun = compose(first, sent.mail, date=DATE)
    worse = write("critical", kinds=("concept",), memory=sent.remember, more={"day": 1})
    assert worse["In-Reply-To"] == worse["References"] == begun["Message-ID"]
    assert worse["Subject"].startswith("Worse: Critical: ")
    over = write("none", kinds=(), memory=sent.remember, more={"day": 1})
    assert over["References"] == begun["Message-ID"]
    assert over["Importance"] is None
    assert "What is over - 2024-10-01: Warning: concept drift of tagstack version 3" in " ".join(text_of(over).split())
    assert "Nothing: what was mailed is over." in words_of(html_of(over))


HOSTILE = "java\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\x00\u202e{{ 7 * 7 }}"


def test_a_hostile_tag_adds_no_header_no_markup_and_turns_no_text_around(write):
    more = {"tags": (HOSTILE,), "new": (HOSTILE,), "reasons": (HOSTILE,), "recommendation": HOSTILE}
    links = {HOSTILE: HOSTILE, "bad": "javascript:alert(1)", "worse": 'https://a.b/"onclick="x'}
    message = write(more=more, links=links, decision=HOSTILE)
    assert message["Bcc"] is None
    assert "Bcc: victim@example.org" in message["Subject"]
    assert "\nBcc:" not in text_of(message).replace("\r", "")
    page = lxml.html.fromstring(html_of(message))
    assert not list(page.iter("script"))
    assert [link.get("href") for link in page.iter("a")] == []
    assert "{{ 7 * 7 }}" in page.text_content()
    assert not {"\x00", "\u202e"} & set(text_of(message) + html_of(message) + message["Subject"])


def test_tags_of_any_script_survive_and_half_characters_do_no_harm(write):
    message = write(more={"tags": ("ручной", "标签", "größe", "half\ud83d")})
    assert "(ручной, 标签, größe, …)" in message["Subject"]
    for part in (text_of(message), html_of(message)):
        assert "标签" in part


def test_every_line_is_short_ascii_so_that_any_server_takes_it(write, make_report, png):
    more = {"tags": tuple(f"тег-{number}-{'x' * 300}" for number in range(50)), "reasons": ("x" * 5000,) * 40}
    report = make_report("critical", kinds=("concept",), **more)
    mail = plan(report, AlertMemory(), AlertSettings(), now=report.as_of).mail
    lines = bytes(compose(report, mail, date=DATE, pictures={"Теги": png})).split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert all(line.isascii() and b"\n" not in line for line in lines)
    assert len(mail.subject) <= 200


def test_it_refers_to_nothing_outside_itself(write, png):
    page = lxml.html.fromstring(html_of(write(links=LINKS, pictures={"Tags": png})))
    sources = {
        value for element in page.iter() for name, value in element.items() if name in {"src", "href", "background"}
    }
    assert sources == {"cid:picture-1@tagstack", LINKS["The run"]}
    assert not list(page.iter("style", "link", "script"))


@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_it_stays_within_the_width_and_reads_on_any_background(write, severity):
    page = lxml.html.fromstring(html_of(write(severity)))
    assert "max-width:600px" in page.xpath("//table/@style[contains(., '600px')]")[0]
    assert page.xpath("//body/@bgcolor") == ["#f5f7f9"]
    written = page.xpath("//p|//td|//th|//li|//h1|//h2")
    assert all("color:" in "".join(element.xpath("ancestor-or-self::*/@style")) for element in written)
