"""The cache key of a step follows the code that it calls."""

from steps.caching import cache_by
from tagstack.paths import PROJECT


def test_the_policy_names_files_below_the_project():
    files = cache_by("tagstack.labels").file_dependencies
    assert "tagstack/embeddings.py" in files
    assert all((PROJECT / file).is_file() for file in files)
    assert "tagstack/table.py" not in files
    assert {"requirements/runtime.txt", "materializers/folder.py", "tagstack/report/page.html.j2"} <= set(files)
