import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagstack.text import cap_length, fold, join_title_body, lower, normalise


@pytest.mark.parametrize("word", ["C#", ".NET", "node.js", "c++", "html5", "utf-8"])
def test_technical_words_survive_normalising(word):
    assert normalise(f" {word}\n") == word


def test_c_and_c_sharp_stay_apart():
    assert len({fold(word) for word in ("C", "c", "C#", "c#", "C++", ".NET", "NET")}) == 5


def test_composed_and_decomposed_accents_are_the_same():
    assert normalise("cafe\u0301") == normalise("café")


def test_an_empty_part_leaves_no_break():
    assert (join_title_body("a", ""), join_title_body("", "b"), join_title_body("", "")) == ("a", "b", "")


@given(st.text(max_size=80), st.integers(1, 60))
def test_a_capped_text_is_a_beginning_of_at_most_that_length(text, limit):
    capped = cap_length(text, max_characters=limit)
    assert len(capped) <= limit
    assert text.startswith(capped)


def test_a_word_is_cut_only_where_whole_words_would_lose_too_much():
    assert cap_length("a" * 50, max_characters=10) == "a" * 10
    assert cap_length("one two three four five six", max_characters=21) == "one two three four"[:18] + " fi"


@given(st.text())
def test_lowering_moves_no_character(text):
    assert len(lower(text)) == len(text)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)
