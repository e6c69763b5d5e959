"""A real store, and a Model Control Plane, MLflow and service of attributes."""

from types import SimpleNamespace

import pytest

from stacks import promotion, recovery
from stacks.standing import Standing
from tagstack.store.database import open_store


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


class Places:
    """Says which version is where, and does at a write what a test asks for, once."""

    def __init__(self):
        self.production = self.champion = self.target = 1
        self.challenger = 2
        self.at = {}

    def act(self, name):
        self.at.pop(name, lambda: None)()

    def standing(self):
        return Standing(self.production, self.champion, self.target)

    def set_production(self, _name, number, **_):
        self.production = number
        self.act("set_production")

    def set_champion(self, _name, number):
        self.champion, self.challenger = number, None if number == self.challenger else self.challenger
        self.act("set_champion")

    def set_served(self, _store, _name, number, **_):
        self.target = number
        self.act("set_served")

    def restore_challenger(self, _name, number):
        self.challenger = self.challenger or number

    def __getattr__(self, name):
        return lambda *_: self.act(name)


@pytest.fixture
def places(monkeypatch):
    found = Places()
    for name in ("set_production", "set_champion", "set_served"):
        monkeypatch.setattr(promotion, name, getattr(found, name))
        monkeypatch.setattr(recovery, name, getattr(found, name))
    monkeypatch.setattr(recovery, "restore_challenger", found.restore_challenger)
    monkeypatch.setattr(promotion, "read_standing", lambda *_: found.standing())
    monkeypatch.setattr(promotion.versions, "find_version", lambda *_: SimpleNamespace(stage="staging"))
    return found
