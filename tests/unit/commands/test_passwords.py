"""Where passwords go: to the environment, never into the settings."""

import os

import pytest

from commands.passwords import require_own_password, with_source, with_store
from tagstack.errors import StoreError, UsageError
from tagstack.questions.database import PASSWORD_VARIABLE
from tagstack.settings_file import load_settings
from tagstack.store.database import PASSWORD_VARIABLE as STORE_PASSWORD

URL = "postgresql://reader:hunter2@db.example.org/so"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "earlier")


@pytest.mark.parametrize("settings", [[], [f"source.database_url={URL}"]])
def test_a_password_goes_to_the_environment_and_never_into_the_settings(settings):
    chosen = with_source(load_settings(assignments=settings), None if settings else URL)
    assert chosen.source.database_url == "postgresql://reader@db.example.org/so"
    assert "hunter2" not in chosen.model_dump_json()
    assert os.environ[PASSWORD_VARIABLE] == "hunter2"


def test_a_url_without_a_password_leaves_the_one_of_the_environment():
    chosen = with_source(load_settings(), "postgresql://reader@db.example.org/so")
    assert chosen.source.database_url == "postgresql://reader@db.example.org/so"
    assert os.environ[PASSWORD_VARIABLE] == "earlier"


def test_the_option_wins_over_the_settings():
    settings = load_settings(assignments=["source.database_url=sqlite:///a.db"])
    assert with_source(settings, "sqlite:///b.db").source.database_url == "sqlite:///b.db"
    assert with_source(settings, None).source.database_url == "sqlite:///a.db"


def test_the_store_s_password_goes_to_an_environment_variable_of_its_own(monkeypatch):
    monkeypatch.setenv(STORE_PASSWORD, "earlier")
    url = "postgresql://tagstack:hunter2@db.example.org/tagstack"
    chosen = with_store(load_settings(assignments=[f"store.url={url}"]))
    assert chosen.store.url == "postgresql://tagstack@db.example.org/tagstack"
    assert "hunter2" not in chosen.model_dump_json()
    assert (os.environ[STORE_PASSWORD], os.environ[PASSWORD_VARIABLE]) == ("hunter2", "earlier")
    settings = load_settings()
    assert with_store(settings) is settings


def test_a_secret_elsewhere_in_the_stores_url_is_refused_with_the_stores_variable():
    with pytest.raises(StoreError) as error:
        with_store(load_settings(assignments=["store.url=postgresql://ann@db/x?password=hunter2"]))
    assert str(error.value) == (
        "The store's URL's parameter password would be stored with the settings; leave it out and set "
        "TAGSTACK_STORE_PASSWORD."
    )


READ = "postgresql://reader@db.example.org/so"


def test_the_password_of_the_questions_is_not_sent_to_another_host(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2")
    with pytest.raises(UsageError, match=r"is not sent to other\.example\.org, another host; set TAGSTACK_WRITE_PASS"):
        require_own_password("postgresql://w@other.example.org/x", READ, None)


@pytest.mark.parametrize(
    ("write_url", "password"),
    [
        (None, None),
        ("postgresql://w@other.example.org/x", "its own"),
        ("postgresql://w:its-own@other.example.org/x", None),
        ("postgresql://w@db.example.org/x", None),
        ("sqlite:///suggestions.db", None),
    ],
)
def test_a_password_of_its_own_or_the_same_host_will_do(monkeypatch, write_url, password):
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2")
    require_own_password(write_url, READ, password)
