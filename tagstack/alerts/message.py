"""The mail itself: plain text that is complete alone, and HTML with pictures inside."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from functools import cache
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tagstack.alerts.content import Content, Part, describe
from tagstack.alerts.memory import SentAlert
from tagstack.alerts.planned import PlannedMail
from tagstack.alerts.subject import LONGEST, one_line
from tagstack.alerts.wire import WIRE
from tagstack.drift.report import DriftReport

_WEB = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


def compose(
    report: DriftReport,
    mail: PlannedMail,
    *,
    date: dt.datetime,
    decision: str = "",
    links: Mapping[str, str] | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> EmailMessage:
    """Compose the mail of a report; sender, recipients and the subject's prefix are the alerter's.

    Args:
        report: What was found.
        mail: Why it is mailed.
        date: For the header `Date`; aware.
        decision: What was decided about training, in one line.
        links: Addresses of reports by label; what is no web address is shown but not linked.
        pictures: PNG by title, shown in this order in the HTML.

    Returns:
        `multipart/alternative` of plain text and `multipart/related`, which is HTML and its pictures.
    """
    content = describe(report, mail, links=links or {}, decision=decision)
    message = new_message(
        mail.subject, date=date, message_id=_message_id(report.model_name, mail.fingerprint, mail.moment)
    )
    if mail.thread and mail.thread.sent_at:
        message["In-Reply-To"] = message["References"] = _thread_id(mail.thread)
    if mail.level == "critical" and mail.occasion != "recovery":
        message["Importance"] = "high"
    message.set_content(write_text(content), cte="quoted-printable")
    _add_html(message, content, pictures or {})
    return message


def new_message(subject: str, *, date: dt.datetime, message_id: str) -> EmailMessage:
    """Return a message without a body, marked so that no vacation notice or mailing list answers it."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = one_line(subject, LONGEST)
    message["Date"] = date
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def write_text(content: Content) -> str:
    """Write the plain text: nothing in it needs the HTML."""
    head = [f"{content.badge.upper()}: {content.title}", content.summary, f"What to do: {content.action}"]
    if content.decision:
        head.append(f"Decision: {content.decision}")
    blocks = [*head, *(_text_of(part) for part in content.parts)]
    if content.links:
        blocks.append("\n".join(["Reports", *(f"- {label}: {address}" for label, address in content.links)]))
    return "\n\n".join([*blocks, f"-- \n{content.footer}"]) + "\n"


def write_html(content: Content, pictures: Mapping[str, str]) -> str:
    """Write the HTML, every text escaped; `pictures` are addresses by title."""
    linked = [(label, address, bool(_WEB.fullmatch(address))) for label, address in content.links]
    return _template().render(content=content, pictures=pictures, links=linked)


def _text_of(part: Part) -> str:
    lines = [part.title, *(f"- {line}" for line in part.lines)]
    if part.table:
        names = part.table.header[1:]
        for first, *cells in part.table.rows:
            lines.append(
                f"- {first}: "
                + "; ".join(f"{name.lower()} {cell}".strip() for name, cell in zip(names, cells, strict=True))
            )
    return "\n".join([*lines, *filter(None, [part.note])])


def _add_html(message: EmailMessage, content: Content, pictures: Mapping[str, bytes]) -> None:
    ids = {title: f"picture-{number}@tagstack" for number, title in enumerate(pictures, start=1)}
    html = write_html(content, {one_line(title, LONGEST): f"cid:{cid}" for title, cid in ids.items()})
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    *_, part = cast("Iterator[EmailMessage]", message.iter_parts())
    for title, png in pictures.items():
        name = f"{ids[title].partition('@')[0]}.png"
        part.add_related(png, "image", "png", cid=f"<{ids[title]}>", disposition="inline", filename=name)


def _message_id(model_name: str, fingerprint: str, moment: dt.datetime) -> str:
    """Return the same id for the same mail, so that one that is sent twice is shown once."""
    told = hashlib.sha256(f"{model_name} {fingerprint} {moment.astimezone(dt.UTC).isoformat()}".encode()).hexdigest()
    return f"<{told[:40]}@tagstack>"


def _thread_id(alert: SentAlert) -> str:
    return _message_id(alert.model_name, alert.fingerprint, alert.sent_at or alert.seen_at)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tagstack.alerts", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html.j2")
