"""What a deployment and a rollback rest on: the ledger, and what is in production when they begin."""

import subprocess
import sys

import pytest

from commands import deployment as module
from stacks.rollout import require_unchanged
from stacks.standing import Standing
from tagstack.errors import PromotionError, UsageError
from tagstack.nomination import Nomination
from tagstack.settings_file import load_settings
from tagstack.store import ledger
from tagstack.store.database import open_store
from tagstack.store.promotion import is_abandoned

LEFT_BEHIND = """
import sys
from tagstack.store import ledger
from tagstack.store.database import open_store
what = dict(model_name="tagstack", kind="promotion", who="ann", from_version=1, to_version=2, reason="")
ledger.begin(open_store(sys.argv[1]), **what)
"""


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def ended(store, old, new, *, kind="promotion", status="done"):
    what = {"model_name": "tagstack", "kind": kind, "who": "ann", "from_version": old, "to_version": new, "reason": ""}
    ledger.finish(store, ledger.begin(store, **what), status)


def test_the_version_before_is_the_one_whose_place_was_taken(store):
    ended(store, None, 1)
    ended(store, 1, 3)
    ended(store, 3, 4, status="undone")
    ended(store, 4, 3, kind="rollback")
    assert module._before("tagstack", store, 3) == 1


def test_a_promotion_of_the_version_in_production_itself_does_not_hide_the_one_before(store):
    ended(store, 1, 2)
    ended(store, 2, 2)
    assert module._before("tagstack", store, 2) == 1


def test_the_first_version_has_none_before(store):
    ended(store, None, 1)
    ended(store, 1, 1)
    with pytest.raises(UsageError, match=r"^The ledger knows no version before 1; name one with --to\.$"):
        module._before("tagstack", store, 1)


@pytest.mark.parametrize(("dry_run", "repaired"), [(False, ["tagstack"]), (True, [])])
def test_an_interrupted_promotion_is_repaired_before_anything_is_nominated(store, monkeypatch, dry_run, repaired):
    subprocess.run([sys.executable, "-c", LEFT_BEHIND, store.url], check=True)
    done = []

    def use_stack(_):
        return None

    def repair(name, _):
        assert is_abandoned(ledger.find_open(store, name))
        done.append(name)

    def launch(*_, **__):
        assert done == repaired
        raise InterruptedError

    monkeypatch.setattr(module, "use_stack", use_stack)
    monkeypatch.setattr(module.recovery, "repair", repair)
    monkeypatch.setattr(module, "launch", launch)
    settings = load_settings(assignments=[f"store.url={store.url}"])
    with pytest.raises(InterruptedError):
        module.deploy(settings, stack=None, candidate=None, dry_run=dry_run, cache=True)


def test_a_judgement_against_a_version_that_is_no_longer_in_production_is_not_acted_on():
    judged = Nomination(model_name="tagstack", candidate=3, sha256="a" * 64, champion=1)
    require_unchanged(judged, Standing(1, 1, 1))
    with pytest.raises(PromotionError) as error:
        require_unchanged(judged, Standing(2, 2, 2))
    assert str(error.value) == (
        "Version 3 was judged while the version in production was 1, and now it is 2; "
        "run `python run.py --pipeline deployment` again."
    )
