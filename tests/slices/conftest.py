"""A throw-away ZenML store with the `local` stack."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def local_stack():
    """The stack `local`, registered in the throw-away store as a first run does it."""
    from zenml.utils import source_utils

    from stacks.activation import use_stack
    from tagstack.paths import PROJECT

    source_utils.set_custom_source_root(str(PROJECT))
    return use_stack("local")
