"""The files that a module is made of, watched for caching and sent along with a model."""

import subprocess
import sys

from tagstack import sources
from tagstack.paths import PROJECT
from tagstack.sources import copy_sources, source_files


def test_imported_modules_are_watched_at_any_depth(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "PROJECT", tmp_path)
    library = tmp_path / "tagstack"
    library.mkdir()
    (library / "__init__.py").write_text("")
    (library / "a.py").write_text("from tagstack import b\nimport os\n")
    (library / "b.py").write_text("def f():\n    from tagstack.c import late\n")
    (library / "c.py").write_text("from tagstack.p.q import last\nlate = 1\n")
    (library / "p").mkdir()
    (library / "p" / "__init__.py").write_text("import tagstack.e\n")
    (library / "p" / "q.py").write_text("last = 1\n")
    (library / "e.py").write_text("")
    (library / "d.py").write_text("")
    found = {str(file.relative_to(library)) for file in source_files(("tagstack.a",))}
    assert found == {"__init__.py", "a.py", "b.py", "c.py", "e.py", "p/__init__.py", "p/q.py"}


def test_a_copy_is_a_package_that_needs_nothing_else_of_the_project(tmp_path):
    package = copy_sources(("tagstack.suggestion",), tmp_path / "code")
    assert not (package / "serving").exists()
    script = "import sys; sys.path.insert(0, sys.argv[1]); import tagstack.suggestion as s; print(s.__file__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path / "code")],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "code" / "tagstack" / "suggestion.py")
    assert all(
        file.is_file() for file in (PROJECT / one.relative_to(tmp_path / "code") for one in package.rglob("*.py"))
    )
