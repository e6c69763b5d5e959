"""What all tests share: a throw-away home, a throw-away ZenML store, and where the real questions are."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run: what fails, fails for everyone, and a run says something of the change that it tests.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

PROJECT = Path(__file__).resolve().parent.parent
REAL = PROJECT.parent / "shared" / "data"

# Before anything imports ZenML or MLflow, which read the environment once.
_home = tempfile.TemporaryDirectory(prefix="tagstack-tests-")
os.environ |= {
    "TAGSTACK_HOME": str(Path(_home.name) / "home"),
    "ZENML_CONFIG_PATH": str(Path(_home.name) / "zenml"),
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_AUTO_OPEN_DASHBOARD": "false",
    "ZENML_CUSTOM_SOURCE_ROOT": str(PROJECT),  # a worker of pytest-xdist has no main module to tell it by
    "ZENML_LOGGING_VERBOSITY": "CRITICAL",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
_SECRETS = ("TAGSTACK_DATABASE_PASSWORD", "TAGSTACK_STORE_PASSWORD", "TAGSTACK_API_KEYS", "TAGSTACK_API_KEYS_FILE")
for _variable in (*_SECRETS, "ZENML_ACTIVE_STACK_ID", "ZENML_STORE_URL"):
    os.environ.pop(_variable, None)

# ZenML silences the root logger when it is imported; what our own loggers say is tested.
logging.getLogger("tagstack").setLevel(logging.INFO)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real questions; tests that need it are skipped where it is absent."""
    if not REAL.is_dir():
        pytest.skip("the real questions are not there (../shared/data)")
    return REAL


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT
