"""Where things are kept."""

from tagstack import paths


def test_the_environment_decides(monkeypatch, tmp_path):
    monkeypatch.setenv("TAGSTACK_HOME", str(tmp_path))
    assert paths.home() == tmp_path


def test_a_checkout_keeps_its_own(monkeypatch, project):
    monkeypatch.delenv("TAGSTACK_HOME")
    assert paths.home() == project / ".tagstack"


def test_a_package_that_stands_alone_writes_nothing_beside_itself(monkeypatch, tmp_path):
    monkeypatch.delenv("TAGSTACK_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    assert paths.home() == tmp_path / "cache" / "tagstack"
