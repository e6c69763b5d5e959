"""S3: SeaweedFS out of a wheel, with an account for Tagstack and one for MLflow that see a bucket each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3

from lab.place import HOST, Place
from lab.servers.server import Server, write_private

STACKS = ("local-s3", "server", "docker", "ssh", "airflow", "kubernetes", "aws")
BUCKETS = {"mlflow": ("mlflow",), "tagstack": tuple(f"tagstack-{stack}" for stack in STACKS)}
"""The accounts, and the buckets that each may use and no other."""
REGION = "us-east-1"


def client(place: Place, account: str = "admin") -> Any:
    """Return boto3's client of an account."""
    return boto3.client(
        "s3", endpoint_url=place.url("s3"), region_name=REGION,
        aws_access_key_id=account, aws_secret_access_key=place.secrets[f"s3-{account}"],
    )  # fmt: skip


def _account(place: Place, name: str, actions: list[str]) -> dict[str, object]:
    return {
        "name": name,
        "credentials": [{"accessKey": name, "secretKey": place.secrets[f"s3-{name}"]}],
        "actions": actions,
    }


def _prepare(place: Place) -> None:
    rights = ("Read", "Write", "List", "Tagging")
    own = [
        _account(place, name, [f"{right}:{bucket}" for right in rights for bucket in buckets])
        for name, buckets in BUCKETS.items()
    ]
    accounts = [_account(place, "admin", ["Admin", *rights]), *own]
    write_private(place.of("s3") / "accounts.json", json.dumps({"identities": accounts}))
    (place.of("s3") / "data").mkdir(exist_ok=True)


def _command(place: Place) -> list[str]:
    ports = {name: place.ports[name] for name in ("s3-master", "s3-volume", "s3-filer", "s3")}
    options = {
        "dir": place.of("s3") / "data", "ip": HOST, "ip.bind": HOST, "master.port": ports["s3-master"],
        "volume.port": ports["s3-volume"], "filer.port": ports["s3-filer"], "s3.port": ports["s3"],
        "s3.config": place.of("s3") / "accounts.json", "volume.max": 300, "master.volumeSizeLimitMB": 256,
        "master.telemetry": "false", "volume.minFreeSpace": "1MiB", "s3.port.iceberg": 0, "s3.port.lance": 0,
    }  # fmt: skip
    weed = Path(sys.executable).parent / "weed"
    return [str(weed), "server", "-filer", "-s3", *(f"-{name}={value}" for name, value in options.items())]


def _is_ready(place: Place) -> bool:
    client(place).list_buckets()
    return True


def _finish(place: Place) -> None:
    there = {bucket["Name"] for bucket in client(place).list_buckets()["Buckets"]}
    for account, bucket in ((account, bucket) for account, own in BUCKETS.items() for bucket in own):
        if bucket not in there:
            client(place).create_bucket(Bucket=bucket)
            client(place, account).put_object(Bucket=bucket, Key="probe", Body=b"1")  # a volume is there only now
            client(place, account).delete_object(Bucket=bucket, Key="probe")


SERVER = Server("s3", _command, _is_ready, prepare=_prepare, finish=_finish)
