"""Pipelines compiled for clouds that nothing is sent to: asked of `lab.clouds.recording` in the environment of each."""

from __future__ import annotations

import json
import subprocess

from lab.client import COMMAND_SECONDS, Client
from lab.clouds.recording import Sent

STACKS = ("gcp", "kubeflow", "azure")
VARIABLES = {
    "GCP_PROJECT": "project", "GCP_REGION": "europe-west3", "GCP_BUCKET": "bucket",
    "VERTEX_SERVICE_ACCOUNT": "tagstack@project.iam.gserviceaccount.com",
    "AZURE_SUBSCRIPTION": "00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP": "group",
    "AZURE_WORKSPACE": "workspace", "AZURE_REGISTRY": "registry",
    "SMTP_HOST": "mail.example.org", "EVIDENTLY_URL": "https://evidently.example.org",
}  # fmt: skip
"""Made-up names of what the stacks would find in their clouds."""
AZURE_KEY = "bWFkZS11cA=="
CORES = ("resources.embed.cpu=4",)
RESOURCES = (*CORES, "resources.embed.memory=8GiB", "resources.train.memory=4GB")
"""What is set of the steps' resources; ZenML cannot compile a memory for Kubeflow."""


def compile_pipelines(one: Client) -> dict[str, Sent]:
    """Return what every pipeline would send on the client's stack, by pipeline."""
    one.folder.mkdir(parents=True, exist_ok=True)
    secrets = {**one.secrets(), "azure": {"account_name": "tagstack", "account_key": AZURE_KEY}}
    file = one.place.of("definitions") / f"{one.stack}.json"
    command = [one.python, "-m", "lab.clouds.recording", one.stack, str(file)]
    command += CORES if one.stack == "kubeflow" else RESOURCES
    variables = {**one.environment(), **VARIABLES, "ZENML_ENABLE_RICH_TRACEBACK": "false"}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the libraries of clouds take a minute to compile
    done = subprocess.run(
        command, env=variables, cwd=one.code, input=json.dumps(secrets), text=True, capture_output=True, check=False,
        timeout=COMMAND_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{one.stack} was not compiled: {done.stderr.strip()[-1500:]}")
    return {known["pipeline"]: Sent(**known) for known in json.loads(file.read_text())}
