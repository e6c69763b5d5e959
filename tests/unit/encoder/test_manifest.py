import pytest

from tagstack.encoder.manifest import MANIFEST, damage, write_manifest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    write_manifest(tmp_path, recipe="r")
    return tmp_path


def test_an_untouched_folder_is_sound(folder):
    assert damage(folder) is None


def test_a_changed_file_of_the_same_length_is_damage(folder):
    (folder / "b").write_text("tvo")
    assert damage(folder) == "b is damaged"


def test_a_missing_file_is_damage(folder):
    (folder / "part" / "a").unlink()
    assert damage(folder) == "part/a is missing"


def test_a_folder_without_manifest_is_half_written(folder):
    (folder / MANIFEST).unlink()
    assert damage(folder) == "manifest.json is missing"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": 3}', b"\xff"])
def test_a_broken_manifest_is_damage(folder, content):
    (folder / MANIFEST).write_bytes(content)
    assert damage(folder) == "manifest.json is damaged"
