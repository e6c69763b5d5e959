import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagstack.encoder.cache import text_keys
from tagstack.encoder.known import KnownKeys


def keys(numbers):
    return text_keys([f"text {number}" for number in numbers])


@given(st.lists(st.lists(st.integers(0, 50), max_size=9), max_size=6), st.lists(st.integers(0, 60), max_size=20))
def test_exactly_what_was_given_or_added_is_held(parts, asked):
    known = KnownKeys([keys(part) for part in parts[:2]])
    for part in parts[2:]:
        known.add(keys(part))
    held = {number for part in parts for number in part}
    assert known.holds(keys(asked)).tolist() == [number in held for number in asked]


def test_many_additions_leave_few_runs_and_eight_bytes_a_key():
    known = KnownKeys([keys(range(1000))])
    for start in range(1000, 3000, 10):
        known.add(keys(range(start, start + 10)))
    assert len(known) == 3000
    assert len(known._runs) < 12
    assert sum(run.nbytes for run in known._runs) == 8 * 3000


def test_nothing_is_held_in_the_beginning():
    assert not KnownKeys().holds(keys([1, 2])).any()
    assert KnownKeys([np.empty((0, 2), np.uint64)]).holds(keys([1])).tolist() == [False]
