"""The doctor's questions: one that cannot be answered is a finding, and the others are asked all the same."""

from mlflow.exceptions import MlflowException

from stacks import health
from tagstack.settings_file import load_settings
from tagstack.store.database import open_store


def test_a_question_that_cannot_be_answered_is_a_finding_without_a_password(tmp_path, monkeypatch):
    def fail(*_):
        raise MlflowException("API request to\nhttps://ann:hunter2@mlflow.example.org failed")

    for name in ("_stack", "_agreement", "_service", "_artifacts", "_model", "_database", "_disk"):
        monkeypatch.setattr(health, name, fail)
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        found = {finding.subject: finding for finding in health.examine(load_settings(), store)}
    assert len(found) == 9
    assert found["store"].well
    assert found["promotion"].well
    agreement = found["agreement"]
    assert not agreement.well
    assert agreement.detail.startswith("MlflowException: API request to https://")
    assert "hunter2" not in agreement.detail
