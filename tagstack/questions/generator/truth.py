"""The truth about a sample, in tables beside its posts: for judging what finds drift, duplicates and personal data."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tagstack.questions.generator.topics import load_phrases, load_topics

TRUTH = sa.MetaData()
FACTS = sa.Table(
    "SampleFacts",
    TRUTH,
    *(sa.Column(name, sa.Text) for name in ("kind", "name", "starts", "detail")),
)
"""What drifts and when: kinds `covariate`, `new_topic` (`name` is the tag), `changed_tags` (the topic) and
`changed_meaning` (the tag); and a `recipe` that says what made the sample."""
PLANTED = sa.Table(
    "SamplePlanted",
    TRUTH,
    sa.Column("post_id", sa.BigInteger, index=True),
    *(sa.Column(name, sa.Text) for name in ("kind", "value", "field")),
)
"""Personal data: its kind as in `tagstack.config.PersonalKind`, the text that must not remain, and where it stands:
`title`, `prose` or `code` (the last two in Body, escaped as HTML)."""
DEFECTS = sa.Table(
    "SampleDefects",
    TRUTH,
    sa.Column("post_id", sa.BigInteger, index=True),
    sa.Column("kind", sa.Text),
    sa.Column("of_post_id", sa.BigInteger),
)
"""Duplicates (of which post) and broken rows; `tagstack.questions.generator.defects` names the kinds."""


def drift_facts() -> Iterator[dict[str, str]]:
    """Yield the rows of `FACTS` that tell what drifts."""
    phrases = load_phrases()

    def fact(kind: str, name: str, detail: str) -> dict[str, str]:
        return {"kind": kind, "name": name, "starts": phrases.drift_starts.isoformat(), "detail": detail}

    yield fact("covariate", "short questions", f"a share of {phrases.covariate_share} is short and without code")
    lost, gained = set[str](), set[str]()
    for topic in load_topics().values():
        if topic.emerges:
            yield fact("new_topic", topic.tags[-1], "begins and rises")
        if topic.later_tags:
            lost |= {*topic.tags} - {*topic.later_tags}
            gained |= {*topic.later_tags} - {*topic.tags}
            yield fact("changed_tags", topic.name, f"{' '.join(topic.tags)} becomes {' '.join(topic.later_tags)}")
    for tag in sorted(lost & gained):
        yield fact("changed_meaning", tag, "one topic loses the tag and another earns it")
