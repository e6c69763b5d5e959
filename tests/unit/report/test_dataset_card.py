import datetime as dt

import pytest
from lxml import html

from tagstack.questions.watermark import DatasetIdentity
from tagstack.report.dataset_card import render_dataset

IDENTITY = DatasetIdentity(
    source="postgresql://reader@db.example/so",
    since=dt.date(2018, 1, 1),
    until=dt.date(2018, 5, 14),
    questions=22040,
    greatest_id=50317007,
    greatest_date="2018-05-13 21:11:02",
    greatest_edit=None,
    query_sha256="ab" * 32,
)


def text(identity):
    return " ".join(html.document_fromstring(render_dataset(identity)).text_content().split())


def test_the_card_names_source_window_watermark_and_licence():
    shown = text(IDENTITY)
    for fact in ("22,040", "2018-01-01", "2018-05-14", "50317007", "2018-05-13 21:11:02", "CC BY-SA", IDENTITY.key):
        assert fact in shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("postgresql://u:s3cret@db/so", "postgresql://u:***@db/so"),
        ("mysql://u:s3cret/@x@db/so", "mysql://u:***"),
        ("sqlite:////data/so.db", "sqlite:////data/so.db"),
    ],
)
def test_a_password_in_the_address_is_never_shown(source, shown):
    card = render_dataset(IDENTITY.model_copy(update={"source": source}))
    assert shown in card
    assert "s3cret" not in card


def test_a_window_without_bounds_reads_from_the_first_to_the_last():
    bare = IDENTITY.model_copy(update={"since": None, "until": None, "greatest_id": None, "greatest_date": None})
    assert "Window fromthe first" in text(bare)
    assert "Window untilthe last" in text(bare)


def test_a_hostile_source_is_escaped():
    card = render_dataset(IDENTITY.model_copy(update={"source": "sqlite:///<script>alert(1)</script>"}))
    assert "<script" not in card
