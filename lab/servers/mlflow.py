"""MLflow's server with logins: runs in PostgreSQL, files in S3, which only the server itself reaches."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from lab.place import HOST, Place
from lab.servers import postgresql, s3
from lab.servers.server import Server, write_private

USER = "admin"


def _prepare(place: Place) -> None:
    folder = place.of("mlflow")
    lines = (
        "[mlflow]",
        "default_permission = READ",
        f"database_uri = sqlite:///{folder}/users.db",
        f"admin_username = {USER}",
        f"admin_password = {place.secrets['mlflow-admin']}",
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
        "auth_cache_ttl_seconds = 3600",  # without it a request costs several slow hashes of the password
    )
    write_private(folder / "auth.ini", "\n".join(lines) + "\n")


def _command(place: Place) -> list[str]:
    port = str(place.ports["mlflow"])
    return [str(Path(sys.executable).parent / "mlflow"), "server", "--host", HOST, "--port", port, "--workers", "1",
            "--artifacts-destination", "s3://mlflow", "--app-name", "basic-auth"]  # fmt: skip


def _environment(place: Place) -> dict[str, str]:
    return {
        "MLFLOW_BACKEND_STORE_URI": postgresql.url(place, "mlflow", "mlflow", driver="postgresql+psycopg"),
        "MLFLOW_S3_ENDPOINT_URL": place.url("s3"),
        "MLFLOW_AUTH_CONFIG_PATH": str(place.of("mlflow") / "auth.ini"),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # eight more processes, for what nobody here asks of it
        "MLFLOW_FLASK_SERVER_SECRET_KEY": place.secrets["mlflow-flask"],
        "AWS_ACCESS_KEY_ID": "mlflow",
        "AWS_SECRET_ACCESS_KEY": place.secrets["s3-mlflow"],
        "AWS_DEFAULT_REGION": s3.REGION,
    }


def _is_ready(place: Place) -> bool:
    return httpx.get(f"{place.url('mlflow')}/health", timeout=2).is_success


SERVER = Server(
    "mlflow", _command, _is_ready, prepare=_prepare, environment=_environment, after=("postgresql", "s3")
)  # fmt: skip
