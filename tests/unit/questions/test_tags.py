import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagstack.questions.tags import format_tags, parse_tags

TAGS = st.lists(st.from_regex(r"[a-z0-9.+#-]{1,35}", fullmatch=True), unique=True, max_size=5)


@pytest.mark.parametrize("raw", ["<c++><.net>", "|c++|.net|", "c++|.net", "|c++|.net"])
def test_every_written_form_gives_the_tags_in_order(raw):
    assert parse_tags(raw) == ["c++", ".net"]


@pytest.mark.parametrize("raw", ["<a><b", "a><b", "<a>|<b>", "<a><>", "||", "a||b", "a b", "<a><a>", "<a b>"])
def test_malformed_tags_are_none(raw):
    assert parse_tags(raw) is None


@pytest.mark.parametrize("raw", ["", "  "])
def test_no_tags_is_an_empty_list(raw):
    assert parse_tags(raw) == []


@given(TAGS)
def test_written_tags_are_read_back(tags):
    assert parse_tags(format_tags(tags)) == tags
    assert parse_tags("|".join(["", *tags, ""]) if tags else "") == tags
