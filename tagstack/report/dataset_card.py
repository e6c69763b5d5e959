"""The dataset card: which questions a run reads, and under which licence."""

from __future__ import annotations

import re

from tagstack.questions.watermark import DatasetIdentity
from tagstack.report.blocks import Fact, Facts, Note, Pairs
from tagstack.report.formats import ABSENT, moment, plural, whole
from tagstack.report.page import render_page

_LICENCE = (
    "Questions of Stack Exchange sites belong to their authors under CC BY-SA (2.5 until 2011-04-07, 3.0 until "
    "2018-05-01, 4.0 since 2018-05-02): whoever shows one names its author, links to it and to the licence, and shares "
    "changes alike. Generated questions are the project's own."
)
_PRIVACY = (
    "Owners' names and numbers are never selected. Personal data in titles and bodies is masked before anything else "
    "reads them; the contract's report counts it by kind."
)


def render_dataset(identity: DatasetIdentity) -> str:
    """Render the card of a window of questions."""
    facts = Facts([
        Fact("Questions", whole(identity.questions)),
        Fact("Window from", moment(identity.since) if identity.since else "the first"),
        Fact("Window until", moment(identity.until) if identity.until else "the last", note="exclusive, UTC"),
        Fact("Newest question", (identity.greatest_date or ABSENT)[:10]),
    ])  # fmt: skip
    watermark = Pairs("Watermark", [
        ("Source", _without_password(identity.source)),
        ("Questions", identity.questions),
        ("Greatest Id", ABSENT if identity.greatest_id is None else str(identity.greatest_id)),
        ("Greatest creation date", identity.greatest_date or ABSENT),
        ("Greatest edit date", identity.greatest_edit or ABSENT),
        ("Query (SHA-256)", identity.query_sha256),
        ("Identity", identity.key),
    ])  # fmt: skip
    summary = f"{plural(identity.questions, 'question')} from a Posts table of the Stack Exchange schema."
    notes = [Note("info", "Licence", _LICENCE), Note("info", "Personal data", _PRIVACY)]
    return render_page("Dataset", summary, [facts, watermark, *notes])


def _without_password(address: str) -> str:
    """Hide a password again should one have come this far."""
    return re.sub(r"(?<=//)([^:/@]*):.*@", r"\1:***@", address)
