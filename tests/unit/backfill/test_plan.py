"""Shards: every question in one of them, about as many in each, and no text read."""

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tagstack.backfill.plan import balanced, check_shards, plan_shards
from tagstack.config import SourceSettings
from tagstack.errors import SourceError, UsageError
from tagstack.questions.source import open_source
from tagstack.questions.watermark import CELL_IDS


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=60), st.integers(1, 20))
def test_runs_are_whole_in_order_and_about_equal(sizes, parts):
    runs = balanced(sizes, parts)
    assert [runs[0][0], *(end for _, end in runs)] == [0, *(begin for begin, _ in runs[1:]), len(sizes)]
    assert all(begin < end for begin, end in runs)
    assert len(runs) <= parts
    wanted = sum(sizes) / parts
    assert all(sum(sizes[begin:end]) <= wanted + max(sizes) for begin, end in runs)


def test_every_question_is_in_one_shard_and_they_differ_by_a_cell_at_most(posts, plan):
    url = posts({number * 7: {} for number in range(1, 1500)})
    planned = plan(url, 4)
    assert [shard.number for shard in planned.shards] == [1, 2, 3, 4]
    assert sum(shard.questions for shard in planned.shards) == planned.questions == 1499
    assert max(shard.questions for shard in planned.shards) - 1499 / 4 <= CELL_IDS / 7 + 1
    borders = [(shard.first_id, shard.last_id) for shard in planned.shards]
    assert borders[0][0] == 7
    assert borders[-1][1] == 1499 * 7
    assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(borders))


def test_fewer_questions_than_shards_give_fewer_shards(posts, plan):
    assert len(plan(posts({1: {}, 2: {}}), 8).shards) == 1


def test_no_text_is_read(posts, settings):
    asked = []
    with open_source(posts({number: {} for number in range(1, 50)})) as source:
        sa.event.listen(source.connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        plan_shards(source, settings.source, shards=2)
    assert asked
    assert not [statement for statement in asked if "Body" in statement or "Title" in statement]


def test_questions_without_a_number_are_in_no_shard_and_counted(posts, plan):
    planned = plan(posts({1: {}, "seven": {}, 3: {}}), 2)
    assert (planned.questions, planned.unnumbered) == (3, 1)
    assert sum(shard.questions for shard in planned.shards) == 2


def test_a_table_without_any_number_is_refused(posts, plan):
    with pytest.raises(UsageError, match=r"No question of sqlite:.* has an Id that is a number"):
        plan(posts({"one": {}}), 2)


def test_an_empty_window_is_refused_with_what_the_source_holds(posts):
    window = SourceSettings(since="2020-01-01", until="2021-01-01")
    with (
        open_source(posts({1: {}})) as source,
        pytest.raises(SourceError, match="its questions are dated 2024-01-05 to 2024-01-05; choose since and until"),
    ):
        plan_shards(source, window, shards=2)


@pytest.mark.parametrize("number", [0, -3, 1001])
def test_an_impossible_number_of_shards_is_refused(number):
    with pytest.raises(UsageError, match=f"^{number} is no number of shards; choose one from 1 to 1000"):
        check_shards(number)
