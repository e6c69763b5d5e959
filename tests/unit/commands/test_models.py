"""Reading the ledger: an empty one, and one that cannot be read."""

import pytest

from commands.models import print_history
from tagstack.errors import StoreError
from tagstack.settings_file import load_settings


def test_without_a_store_nothing_was_deployed(tmp_path, capsys):
    print_history(load_settings(assignments=[f"store.url=sqlite:///{tmp_path / 'store.db'}"]))
    assert capsys.readouterr().out == (
        "No version of tagstack was ever deployed; run `python run.py --pipeline deployment`.\n"
    )
    assert not (tmp_path / "store.db").exists()


def test_a_ledger_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path):
    file = tmp_path / "store.db"
    file.write_text("This is no database, and long enough to be looked at as one. " * 20)
    with pytest.raises(StoreError, match=r"^The store .*store\.db failed"):
        print_history(load_settings(assignments=[f"store.url=sqlite:///{file}"]))
