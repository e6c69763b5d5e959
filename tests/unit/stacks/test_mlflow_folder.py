"""Where MLflow keeps models when no server does: beside its own file, never in the caller's working folder."""

from types import SimpleNamespace

import pytest

from stacks.mlflow_registry import _local_folder


def tracker(uri, local_path=None):
    config = SimpleNamespace(tracking_uri=uri)
    return SimpleNamespace(config=config, local_path=local_path, get_tracking_uri=lambda: uri or "sqlite:////else")


def test_models_lie_beside_the_database_in_a_folder_that_is_made(tmp_path):
    folder = tmp_path / "new" / "mlruns"
    assert _local_folder(tracker(f"sqlite:///{tmp_path}/new/mlflow.db")) == str(folder)
    assert folder.is_dir()


@pytest.mark.parametrize(("uri", "path"), [("https://mlflow.example.org", None), (None, "/stores/1/mlruns")])
def test_a_server_keeps_them_itself_and_zenml_s_own_default_stays(uri, path):
    assert _local_folder(tracker(uri, path)) == path
