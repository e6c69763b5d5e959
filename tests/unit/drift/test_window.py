"""Which questions a drift run looks at: counted back from a day, or asked for, and never those of training."""

import datetime as dt

import pytest

from tagstack.config import SampleSettings, SourceSettings
from tagstack.drift.champion import Champion
from tagstack.drift.window import choose_window
from tagstack.errors import UsageError
from tagstack.questions.sample import write_sample

DAY = dt.date
CHAMPION = Champion(
    model_name="tagstack",
    version=3,
    sha256="0" * 64,
    trained_until=dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
    known_until=dt.datetime(2024, 6, 30, 21, tzinfo=dt.UTC),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A year of questions, 2024."""
    address = f"sqlite:///{tmp_path_factory.mktemp('posts') / 'posts.db'}"
    write_sample(address, SampleSettings(questions=4000))
    return address


def choose(url="sqlite://", *, days=30, as_of=None, **asked):
    found = choose_window(url, SourceSettings(**asked), CHAMPION, days=days, as_of=as_of)
    return found.since, found.until


def test_the_window_counts_back_from_the_day_that_is_looked_from():
    assert choose(as_of=DAY(2024, 10, 1)) == (DAY(2024, 9, 1), DAY(2024, 10, 1))
    assert choose(as_of=DAY(2024, 10, 1), days=7) == (DAY(2024, 9, 24), DAY(2024, 10, 1))


def test_a_window_that_is_asked_for_is_taken():
    asked = {"since": DAY(2024, 8, 1), "until": DAY(2024, 8, 9)}
    assert choose(**asked) == (DAY(2024, 8, 1), DAY(2024, 8, 9))
    assert choose(until=DAY(2024, 8, 31)) == (DAY(2024, 8, 1), DAY(2024, 8, 31))


def test_without_a_wish_the_last_days_of_the_source_are_taken(url):
    since, until = choose(url)
    assert (until - since).days == 31
    assert until == DAY(2025, 1, 1)
    assert choose(url, since=DAY(2024, 11, 5)) == (DAY(2024, 11, 5), DAY(2025, 1, 1))


def test_no_day_before_the_end_of_training_is_taken():
    assert choose(as_of=DAY(2024, 7, 15)) == (DAY(2024, 6, 30), DAY(2024, 7, 15))


def test_a_window_that_is_not_later_than_training_is_refused():
    with pytest.raises(UsageError) as error:
        choose(as_of=DAY(2024, 6, 30))
    assert str(error.value) == (
        "The window 2024-05-31 to 2024-06-30 is not later than the training data of version 3, which end on "
        "2024-06-30; choose a later one with --since and --until or --as-of."
    )


def test_a_day_and_a_window_exclude_each_other():
    with pytest.raises(UsageError, match=r"^Give either --as-of or --since and --until; "):
        choose(as_of=DAY(2024, 9, 1), since=DAY(2024, 8, 1))
