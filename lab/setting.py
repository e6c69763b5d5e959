"""What is made ready once for all stacks: questions in PostgreSQL, settings, the encoder, secrets."""

from __future__ import annotations

import threading

import yaml

from lab.client import Client, Outcome, source_url, store_url
from lab.place import Place
from lab.servers import postgresql
from lab.servers.all import LabError

QUESTIONS = 6000
UNTIL = "2024-07-01"
"""Training knows the questions before this day; from October on the generated ones drift."""
LOCAL = ("local", "local-s3", "server")
_changing_secrets = threading.Lock()


def settings(client: Client) -> dict[str, object]:
    """Return the settings of a stack's runs: the same for all but for the model's name, as some share a registry."""
    return {
        "model_name": f"tagstack-{client.stack}",
        "source": {"database_url": source_url(client.place)},
        "store": {"url": store_url(client.place)},
        "alerts": {"recipients": {"warning": ["admin@example.org"]}},
    }


def write_questions(place: Place, client: Client) -> Outcome | None:
    """Write the generated questions into PostgreSQL, where they are not yet.

    Raises:
        LabError: They could not be written.
    """
    with postgresql.connect(place, "questions") as connection:
        there = connection.execute("SELECT to_regclass('posts') IS NOT NULL OR to_regclass('\"Posts\"') IS NOT NULL")
        if there.fetchone() == (True,):
            return None
    url = postgresql.url(place, "questions", "tagstack", password=False)
    given = {"TAGSTACK_DATABASE_PASSWORD": place.secrets["postgresql-tagstack"]}
    write_settings(client)
    outcome = client.run("sample", "--database-url", url, "--questions", str(QUESTIONS), extra=given)
    if outcome.code:
        raise LabError(f"The questions could not be written: {outcome.error or outcome.err[-300:]}")
    return outcome


def write_settings(client: Client) -> None:
    """Write the settings that the client's commands are given."""
    file = client.place.of("clients") / f"{client.stack}.yaml"
    file.write_text(yaml.safe_dump(settings(client), sort_keys=False))


def prepare(client: Client) -> None:
    """Write the client's settings and its ZenML secrets."""
    client.folder.mkdir(parents=True, exist_ok=True)
    write_settings(client)
    with _changing_secrets:  # clients of one server share them
        client.ask("secrets", client.secrets())


def passwords(client: Client) -> dict[str, str]:
    """Return what a person would export before running on this machine; containers get it from ZenML's secret store."""
    return client.secrets()["tagstack"] if client.stack in LOCAL else {}
