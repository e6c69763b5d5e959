"""The transaction around the three places: what it leaves wherever a write fails.

The ledger is real; the places are attributes here, and real in tests/slices/test_deployment.py.
"""

import pytest
import sqlalchemy as sa

from stacks import promotion
from stacks.promotion import Move, align, carry_out
from stacks.recovery import repair
from stacks.standing import Standing
from tagstack.errors import PromotionError, ServiceError, StoreError
from tagstack.store import ledger
from tagstack.store.tables import PROMOTIONS

MOVE = Move("tagstack", 2, "promotion", "a test", {})
BEFORE = Standing(1, 1, 1)
WRITES = ("set_production", "set_champion", "set_served", "bring_up", "smoke_test")


def failing(message="It does not answer."):
    def fail():
        raise ServiceError(message)

    return fail


def test_a_promotion_that_succeeds_is_done(store, places):
    assert carry_out(MOVE, store, places).status == "done"
    assert (places.standing(), places.challenger) == (Standing(2, 2, 2), None)


@pytest.mark.parametrize("write", WRITES)
def test_whichever_write_fails_everything_is_changed_back(store, places, write):
    places.at[write] = failing()
    with pytest.raises(PromotionError) as error:
        carry_out(MOVE, store, places)
    assert str(error.value) == (
        "Version 2 did not go into production: It does not answer. Everything was changed back."
    )
    assert (places.standing(), places.challenger) == (BEFORE, 2)
    [row] = ledger.history(store, "tagstack")
    assert (row.status, row.note) == ("undone", "It does not answer.")


def test_a_service_that_does_not_come_back_is_not_said_to_have_been_changed_back(store, places):
    places.at |= {"smoke_test": failing("Other answers."), "wait_switched": failing("Nobody serves version 1.")}
    with pytest.raises(PromotionError) as error:
        carry_out(MOVE, store, places)
    assert str(error.value) == (
        "Version 2 did not go into production: Other answers. All but the service was changed back: Nobody serves "
        "version 1. Run `python run.py doctor --repair`."
    )
    assert places.standing() == BEFORE


def test_a_process_that_lost_its_promotion_changes_nothing_any_more(store, places):
    def taken_over():
        with store.writing() as connection:
            connection.execute(sa.update(PROMOTIONS).values(pid=1, host="another"))

    places.at["bring_up"] = taken_over
    with pytest.raises(PromotionError, match="was taken over by another process"):
        carry_out(MOVE, store, places)
    assert places.standing() == Standing(2, 2, 2)
    assert ledger.find_open(store, "tagstack").host == "another"


def test_what_another_library_says_is_kept_without_its_password(store, places):
    def fail():
        raise ValueError("no answer from\nhttps://ann:hunter2@mlflow.example.org")

    places.at["set_champion"] = fail
    with pytest.raises(PromotionError) as error:
        carry_out(MOVE, store, places)
    [row] = ledger.history(store, "tagstack")
    assert row.note.startswith("ValueError: no answer from https://")
    assert "hunter2" not in row.note + str(error.value)


@pytest.mark.parametrize("undoing", ["set_served", "set_champion", "set_production"])
@pytest.mark.parametrize("write", WRITES)
def test_where_changing_back_fails_too_the_next_process_does_it(store, places, write, undoing):
    def fail():
        places.at[undoing] = failing("It is away.")
        raise ServiceError("It does not answer.")

    places.at[write] = fail
    with pytest.raises(PromotionError) as error:
        carry_out(MOVE, store, places)
    assert str(error.value) == (
        "Version 2 did not go into production: It does not answer. Changing it back failed too (It is away.) "
        "Run `python run.py doctor --repair` when the stack is reachable again."
    )
    with pytest.raises(PromotionError, match="to version 2 is under way on"):
        repair("tagstack", store)
    with store.writing() as connection:  # this process ends
        connection.execute(sa.update(PROMOTIONS).values(process_started=1.0))
    assert repair("tagstack", store) == "Promotion 1 to version 2 was interrupted; it is undone."
    assert (places.standing(), places.challenger) == (BEFORE, 2)
    assert repair("tagstack", store) is None


@pytest.fixture
def forgetful(monkeypatch):
    """A ledger that is away when a promotion is to be closed as done, so many times."""
    finish, slept = ledger.finish, []
    monkeypatch.setattr(promotion.time, "sleep", slept.append)

    def make(times):
        left = iter([True] * times)

        def finish_later(store, row, status, note=""):
            if status == "done" and next(left, False):
                raise StoreError("The store is away.")
            return finish(store, row, status, note)

        monkeypatch.setattr(ledger, "finish", finish_later)
        return slept

    return make


def test_a_promotion_that_succeeded_waits_for_its_ledger(store, places, forgetful):
    slept = forgetful(3)
    assert carry_out(MOVE, store, places).status == "done"
    assert slept == [1, 1, 1]
    assert places.standing() == Standing(2, 2, 2)


def test_a_ledger_that_stays_away_is_told(store, places, forgetful, monkeypatch):
    monkeypatch.setattr(promotion, "PATIENCE_SECONDS", -1.0)
    forgetful(1)
    with pytest.raises(PromotionError, match=r"^Version 2 is in production, but the ledger cannot say so \(The store"):
        carry_out(MOVE, store, places)
    assert ledger.find_open(store, "tagstack").progress == "smoke test"


def test_mlflow_and_the_service_are_made_to_follow_the_model_control_plane(store, places):
    assert align("tagstack", store) is None
    places.champion, places.target = 3, 4
    told = align("tagstack", store)
    assert told == "MLflow and the service follow the Model Control Plane again: version 1."
    assert places.standing() == Standing(1, 1, 1)
    [row] = ledger.history(store, "tagstack")
    assert (row.from_version, row.to_version, row.status) == (1, 1, "done")


def test_a_service_has_nothing_to_serve_where_nothing_is_in_production(store, places):
    places.production = None
    assert align("tagstack", store) == "Nothing is in production, so the service is given nothing to serve."
    assert places.target is None
