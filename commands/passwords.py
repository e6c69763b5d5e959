"""Taking passwords out of the settings: those are stored with runs and deployments, and shown."""

from __future__ import annotations

import os

from sqlalchemy.engine import make_url

from tagstack.config import Settings
from tagstack.errors import UsageError
from tagstack.questions.database import PASSWORD_VARIABLE, check_url
from tagstack.store.database import PASSWORD_VARIABLE as STORE_PASSWORD
from tagstack.store.database import check_store_url
from tagstack.suggestion_table import WRITE_PASSWORD_VARIABLE


def with_source(settings: Settings, database_url: str | None) -> Settings:
    """Set the source of the settings.

    A password in the URL goes to the environment: parameters of a run are stored and shown, so none may hold a secret.
    """
    url = database_url or settings.source.database_url
    url, password = check_url(url) if url else (None, None)
    if password:
        os.environ[PASSWORD_VARIABLE] = password
    source = settings.source.model_copy(update={"database_url": url})
    return settings.model_copy(update={"source": source})


def with_store(settings: Settings) -> Settings:
    """Take a password off the store's URL, as `with_source` does: the settings are kept with what is deployed."""
    if settings.store.url is None:
        return settings
    url, password = check_store_url(settings.store.url)
    if password:
        os.environ[STORE_PASSWORD] = password
    return settings.model_copy(update={"store": settings.store.model_copy(update={"url": url})})


def require_own_password(write_url: str | None, url: str, password: str | None) -> None:
    """Refuse to send the password of the questions' database to another host; raises UsageError."""
    if write_url is None or password or not os.environ.get(PASSWORD_VARIABLE):
        return
    target, source = make_url(check_url(write_url)[0]), make_url(check_url(url)[0])
    if check_url(write_url)[1] is None and target.host and target.host != source.host:
        raise UsageError(
            f"The password of {PASSWORD_VARIABLE} is not sent to {target.host}, another host; "
            f"set {WRITE_PASSWORD_VARIABLE}."
        )
