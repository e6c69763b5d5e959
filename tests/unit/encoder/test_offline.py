import shutil
from types import SimpleNamespace

import pytest

from tagstack.encoder import manifest, offline
from tagstack.errors import EncoderError, StorageError

FILES = ("saved_model.pb", "variables/variables.data-00000-of-00001")


@pytest.fixture
def quick_build(tmp_path, monkeypatch):
    """Another home, and a build of small files instead of TensorFlow's."""

    def save(folder):
        (folder / "variables").mkdir(parents=True)
        for name in FILES:
            (folder / name).write_bytes(bytes(1000))

    monkeypatch.setenv("TAGSTACK_HOME", str(tmp_path))
    monkeypatch.setattr(offline, "save_module", save)
    monkeypatch.setattr(offline, "tensorflow_hub", lambda: SimpleNamespace(load=lambda folder: None))
    monkeypatch.setattr(offline, "self_test", lambda module: None)
    return offline.offline_folder


def test_a_built_module_is_used_again(built):
    before = (built / manifest.MANIFEST).stat().st_mtime_ns
    assert offline.offline_folder() == built
    assert (built / manifest.MANIFEST).stat().st_mtime_ns == before


def test_the_built_folder_loads_with_plain_tensorflow_hub(built, tf):
    from tagstack.encoder.runtime import tensorflow_hub

    vectors = tensorflow_hub().load(str(built))(tf.constant(["how to sort a list", "git"]))
    assert vectors.shape == (2, 512)
    assert vectors.dtype == tf.float32


@pytest.mark.parametrize("broken", [*FILES, manifest.MANIFEST])
def test_a_half_written_folder_is_built_again(quick_build, caplog, broken):
    folder = quick_build()
    with (folder / broken).open("r+b") as file:
        file.truncate(100)
    assert quick_build() == folder
    assert manifest.damage(folder) is None
    assert f"{broken} is damaged" in caplog.text
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_an_empty_folder_is_built_again(quick_build, caplog):
    folder = quick_build()
    shutil.rmtree(folder)
    folder.mkdir()
    quick_build()
    assert manifest.damage(folder) is None
    assert "manifest.json is missing" in caplog.text


def test_a_build_that_another_process_finished_first_is_dropped(quick_build, monkeypatch):
    slow = offline.save_module

    def save(folder):
        monkeypatch.setattr(offline, "save_module", slow)
        quick_build()
        slow(folder)

    monkeypatch.setattr(offline, "save_module", save)
    folder = quick_build()
    assert manifest.damage(folder) is None
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_module_that_computes_something_else_fails_its_self_test(tf):
    with pytest.raises(EncoderError, match=r"fails its self-test \(cosine -?0\.\d+ < 0.999 on .*; reinstall"):
        offline.self_test(lambda texts: tf.one_hot([0] * len(texts), 512))


def test_nothing_is_left_where_the_self_test_fails(quick_build, monkeypatch, tmp_path):
    def fail(module):
        raise EncoderError("no")

    monkeypatch.setattr(offline, "self_test", fail)
    with pytest.raises(EncoderError):
        quick_build()
    assert list((tmp_path / "encoder").iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(offline, tiny_disk, monkeypatch):
    from tagstack.encoder.offline import offline_folder

    monkeypatch.setenv("TAGSTACK_HOME", str(tiny_disk))
    with pytest.raises(
        StorageError, match=r"^Cannot write the encoder to .*: no space left on device; .*TAGSTACK_HOME"
    ):
        offline_folder()
    assert list((tiny_disk / "encoder").iterdir()) == []


def test_a_home_that_is_a_file_is_one_line(built, tmp_path, monkeypatch):
    (tmp_path / "encoder").write_text("")
    monkeypatch.setenv("TAGSTACK_HOME", str(tmp_path))
    with pytest.raises(StorageError, match=r"^Cannot write the encoder to .*: .*; it needs 90 MB"):
        offline.offline_folder()
