"""When a step's earlier result may stand for a new one: same code, same settings, same content of its inputs."""

from __future__ import annotations

from zenml.config.cache_policy import CachePolicy

from tagstack.paths import PROJECT
from tagstack.sources import source_files

ALWAYS = ("requirements/runtime.txt", "materializers/*.py", "tagstack/report/*.j2")
"""What every result depends on besides: versions of libraries, and how artifacts are stored and shown."""


def cache_by(*modules: str) -> CachePolicy:
    """Return a policy that also watches the code that a step calls.

    ZenML by itself watches the step's own lines alone, and a step here is only a call.

    Args:
        modules: The modules of `tagstack` that the step calls; what they import of it is found by reading them.
    """
    files = {*source_files(modules), *(file for pattern in ALWAYS for file in PROJECT.glob(pattern))}
    return CachePolicy(file_dependencies=sorted(str(file.relative_to(PROJECT)) for file in files))
