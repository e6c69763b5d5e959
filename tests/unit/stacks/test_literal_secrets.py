"""Secrets written out in stack files are found wherever they stand, and never repeated."""

import pytest
from zenml.integrations.kubernetes.flavors import KubernetesOrchestratorConfig
from zenml.integrations.mlflow.flavors import MLFlowExperimentTrackerConfig
from zenml.integrations.s3.flavors import S3ArtifactStoreConfig

from stacks.literal_secrets import literal_secrets


@pytest.mark.parametrize(
    ("config", "given", "path"),
    [
        (S3ArtifactStoreConfig, {"secret": "hunter2"}, ("secret",)),
        (S3ArtifactStoreConfig, {"key": "hunter2"}, ("key",)),
        (S3ArtifactStoreConfig, {"secret": "{{s3.secret}}hunter2"}, ("secret",)),
        (S3ArtifactStoreConfig, {"client_kwargs": {"aws_secret_access_key": "hunter2"}}, None),
        (S3ArtifactStoreConfig, {"client_kwargs": {"aws_secret_access_key": "{{s3.secret}}"}}, None),
        (S3ArtifactStoreConfig, {"client_kwargs": {"headers": [{"token": "hunter2"}]}}, None),
        (MLFlowExperimentTrackerConfig, {"tracking_uri": "https://ann:hunter2@mlflow.example.org"}, ("tracking_uri",)),
        (MLFlowExperimentTrackerConfig, {"tracking_username": "ann-hunter2"}, ("tracking_username",)),
        (S3ArtifactStoreConfig, {"client_kwargs": {"endpoint_url": "http://a:hunter2@[x"}}, None),
    ],
)
def test_a_secret_is_found_and_not_repeated(config, given, path):
    [(found, reason)] = literal_secrets(config, given)
    assert path is None or found == path
    assert "hunter2" not in reason


@pytest.mark.parametrize(
    ("config", "given"),
    [
        (S3ArtifactStoreConfig, {"path": "s3://secrets/key", "key": "{{s3.key}}", "secret": None}),
        (S3ArtifactStoreConfig, {"authentication_secret": "s3", "client_kwargs": {"endpoint_url": "http://a:8333"}}),
        (KubernetesOrchestratorConfig, {"pass_zenml_token_as_secret": True}),
    ],
)
def test_what_only_names_a_secret_is_none(config, given):
    assert list(literal_secrets(config, given)) == []
