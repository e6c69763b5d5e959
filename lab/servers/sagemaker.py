"""A stand-in of SageMaker's API: moto keeps every pipeline that it is sent and runs nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import yaml

from lab.place import HOST, Place
from lab.servers.server import Server

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = "tagstack"
"""The account of the S3 server that jobs use; moto takes any."""


SILENT = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
"""The settings of Amazon's library by which it does not tell Amazon what it is used for."""


def environment(place: Place) -> dict[str, str]:
    """Return what a submitting machine has: credentials, and here the addresses of the stand-ins."""
    return {
        **role(place), "AWS_ENDPOINT_URL": place.url("sagemaker"), "AWS_REGION": REGION, "AWS_ACCOUNT": ACCOUNT,
        "SAGEMAKER_ROLE": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_settings(place)),
    }  # fmt: skip


def role(place: Place) -> dict[str, str]:
    """Return what a job has of its role, and here the address of the S3 server."""
    return {
        "AWS_ACCESS_KEY_ID": ROLE,
        "AWS_SECRET_ACCESS_KEY": place.secrets[f"s3-{ROLE}"],
        "AWS_ENDPOINT_URL_S3": place.url("s3"),
    }


def _settings(place: Place) -> Path:
    return place.of("sagemaker") / "config.yaml"


def _prepare(place: Place) -> None:
    _settings(place).write_text(yaml.safe_dump(SILENT))


def _command(place: Place) -> list[str]:
    return [str(Path(sys.executable).parent / "moto_server"), "-H", HOST, "-p", str(place.ports["sagemaker"])]


def _is_ready(place: Place) -> bool:
    return httpx.get(f"{place.url('sagemaker')}/moto-api/", timeout=2).is_success


SERVER = Server(
    "sagemaker", _command, _is_ready, prepare=_prepare, environment=lambda _place: {"MOTO_ACCOUNT_ID": ACCOUNT}
)  # fmt: skip
