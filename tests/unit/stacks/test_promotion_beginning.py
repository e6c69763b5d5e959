"""A promotion begins only where all is as it was when it was decided, and then no other can."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from stacks import promotion
from stacks.promotion import Move, align, carry_out
from stacks.standing import Standing
from tagstack.errors import PromotionError, ServiceError
from tagstack.store import ledger

MOVE = Move("tagstack", 2, "promotion", "a test", {})
BEFORE = Standing(1, 1, 1)


@pytest.fixture
def at_begin(monkeypatch):
    """Do something at the last moment before the ledger's row is opened."""
    begin = ledger.begin

    def set_act(act):
        def begin_late(*args, **kwargs):
            act()
            return begin(*args, **kwargs)

        monkeypatch.setattr(ledger, "begin", begin_late)

    return set_act


def assert_refused_as_late(store, act):
    with pytest.raises(PromotionError, match=r"^Another promotion of tagstack ended at this moment; try again\.$"):
        act()
    [row] = ledger.history(store, "tagstack")
    assert (row.status, row.progress) == ("undone", "")


def test_a_promotion_that_ends_while_another_begins_is_seen(store, places, at_begin):
    def end_another():
        places.production = places.champion = places.target = 9

    at_begin(end_another)
    assert_refused_as_late(store, lambda: carry_out(MOVE, store, places))
    assert places.standing() == Standing(9, 9, 9)


def test_a_version_that_loses_its_stage_while_its_promotion_begins_is_seen(store, places, at_begin, monkeypatch):
    version = SimpleNamespace(stage="staging")
    monkeypatch.setattr(promotion.versions, "find_version", lambda *_: version)
    at_begin(lambda: setattr(version, "stage", "archived"))
    assert_refused_as_late(store, lambda: carry_out(MOVE, store, places))
    assert places.standing() == BEFORE


def test_a_promotion_that_was_decided_on_another_standing_is_refused(store, places):
    assert_refused_as_late(store, lambda: carry_out(replace(MOVE, based_on=Standing(9, 9, 9)), store, places))
    assert places.standing() == BEFORE
    assert carry_out(replace(MOVE, based_on=BEFORE), store, places).status == "done"


def test_what_was_seen_in_the_middle_of_another_promotion_is_not_aligned_with(store, places, monkeypatch):
    seen = iter([Standing(2, 1, 1)])  # the other one is undone by the time the row is open
    monkeypatch.setattr(promotion, "read_standing", lambda *_: next(seen, places.standing()))
    assert_refused_as_late(store, lambda: align("tagstack", store))
    assert places.standing() == BEFORE


def test_a_look_that_fails_leaves_no_promotion_open(store, places, at_begin, monkeypatch):
    def fail(*_):
        raise ServiceError("ZenML is away.")

    at_begin(lambda: monkeypatch.setattr(promotion, "read_standing", fail))
    with pytest.raises(ServiceError, match=r"^ZenML is away\.$"):
        carry_out(MOVE, store, places)
    [row] = ledger.history(store, "tagstack")
    assert (row.status, row.note) == ("undone", "ZenML is away.")
