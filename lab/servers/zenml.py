"""ZenML's REST server on MariaDB, and an API key of a service account for those who run pipelines."""

from __future__ import annotations

import sys

import httpx

from lab.place import HOST, Place
from lab.servers import mariadb
from lab.servers.server import Server

USER = "admin"
ACCOUNT = "lab"
API_KEY = "zenml-key"


def _command(place: Place) -> list[str]:
    port = str(place.ports["zenml"])
    return [sys.executable, "-m", "uvicorn", "zenml.zen_server.zen_server_api:app", "--host", HOST, "--port", port,
            "--log-level", "warning"]  # fmt: skip


def _environment(place: Place) -> dict[str, str]:
    return {
        "ZENML_CONFIG_PATH": str(place.of("zenml")),
        "ZENML_SERVER": "true",
        "ZENML_SERVER_AUTO_ACTIVATE": "1",
        "ZENML_SERVER_JWT_SECRET_KEY": place.secrets["zenml-jwt"],
        "ZENML_SERVER_LOGIN_RATE_LIMIT_ENABLED": "false",
        "ZENML_SECRETS_STORE_TYPE": "sql",
        "ZENML_SECRETS_STORE_ENCRYPTION_KEY": place.secrets["zenml-encryption"],
        "ZENML_STORE_URL": mariadb.url(place),
        "ZENML_DEFAULT_USER_NAME": USER,
        "ZENML_DEFAULT_USER_PASSWORD": place.secrets["zenml-admin"],
        "ZENML_LOGGING_VERBOSITY": "WARN",
    }


def _is_ready(place: Place) -> bool:
    return httpx.get(f"{place.url('zenml')}/health", timeout=2).is_success


def _finish(place: Place) -> None:
    """Make the API key; it is shown once, so it is kept with the lab's secrets."""
    if API_KEY in place.secrets:
        return
    root = f"{place.url('zenml')}/api/v1"
    login = {"username": USER, "password": place.secrets["zenml-admin"]}
    token = httpx.post(f"{root}/login", data=login).raise_for_status().json()["access_token"]
    with httpx.Client(base_url=root, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        account = client.post("/service_accounts", json={"name": ACCOUNT, "active": True}).raise_for_status().json()
        made = client.post(f"/service_accounts/{account['id']}/api_keys", json={"name": "lab"}).raise_for_status()
    place.remember(API_KEY, made.json()["body"]["key"])


SERVER = Server(
    "zenml", _command, _is_ready, finish=_finish, environment=_environment, after=("mariadb",)
)  # fmt: skip
