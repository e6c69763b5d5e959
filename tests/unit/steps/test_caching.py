"""The cache key of a step follows the code that it calls."""

from steps import caching
from steps.caching import cache_by, source_files
from tagstack.paths import PROJECT


def test_imported_modules_are_watched_at_any_depth(tmp_path, monkeypatch):
    monkeypatch.setattr(caching, "PROJECT", tmp_path)
    library = tmp_path / "tagstack"
    library.mkdir()
    (library / "__init__.py").write_text("")
    (library / "a.py").write_text("from tagstack import b\nimport os\n")
    (library / "b.py").write_text("def f():\n    from tagstack.c import late\n")
    (library / "c.py").write_text("late = 1\n")
    (library / "d.py").write_text("")
    assert {file.name for file in source_files(("tagstack.a",))} == {"__init__.py", "a.py", "b.py", "c.py"}


def test_the_policy_names_files_below_the_project():
    files = cache_by("tagstack.labels").file_dependencies
    assert "tagstack/embeddings.py" in files
    assert all((PROJECT / file).is_file() for file in files)
    assert "tagstack/table.py" not in files
    assert {"requirements/runtime.txt", "materializers/folder.py", "tagstack/report/page.html.j2"} <= set(files)
