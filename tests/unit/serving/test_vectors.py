"""Recent vectors: bounded, the least recently used go first, safe among threads."""

import threading

import numpy as np

from tagstack.serving.vectors import RecentVectors, text_key


def vector(value):
    return np.full(3, value, np.float32)


def keys(text):
    return [text_key(letter) for letter in text]


def kept(recent, text):
    return [found is not None for found in recent.find(keys(text))]


def test_never_more_than_the_size_is_kept():
    recent = RecentVectors(size=5)
    for number in range(20):
        recent.store({text_key(str(number)): vector(number), text_key(f"{number}b"): vector(number)})
        assert len(recent) <= 5
    assert len(recent) == 5


def test_one_batch_larger_than_the_size_leaves_its_last_texts():
    recent = RecentVectors(size=2)
    recent.store({key: vector(1) for key in keys("abcd")})
    assert kept(recent, "abcd") == [False, False, True, True]


def test_what_was_used_last_stays_longest():
    recent = RecentVectors(size=3)
    recent.store({key: vector(1) for key in keys("abc")})
    recent.find(keys("a"))
    recent.store({text_key("d"): vector(2)})
    assert kept(recent, "abcd") == [True, False, True, True]


def test_storing_a_text_again_makes_it_recent():
    recent = RecentVectors(size=2)
    for letter in "abac":
        recent.store({text_key(letter): vector(1)})
    assert kept(recent, "abc") == [True, False, True]


def test_vectors_do_not_hold_on_to_the_batch_they_came_from():
    recent = RecentVectors(size=2)
    batch = np.ones((1000, 3), np.float32)
    recent.store({text_key("a"): batch[7]})
    [found] = recent.find(keys("a"))
    assert found.base is None
    batch[7] = 0
    assert found.tolist() == [1, 1, 1]


def test_texts_that_are_no_unicode_have_an_address():
    assert text_key("\ud83d") == text_key("?") != text_key("a")


def test_many_threads_find_what_belongs_to_their_key():
    recent, failures = RecentVectors(size=16), []

    def work(seed):
        rng = np.random.default_rng(seed)
        for number in map(int, rng.integers(0, 40, 400)):
            recent.store({text_key(str(number)): vector(number)})
            wanted = [*map(int, rng.integers(0, 40, 3))]
            for asked, found in zip(wanted, recent.find([text_key(str(one)) for one in wanted]), strict=True):
                if found is not None and found[0] != asked:
                    failures.append((asked, found))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(recent) == 16
