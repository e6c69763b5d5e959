"""What counts as mailed: what was delivered, or lies in an outbox that outlives the step."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from zenml.orchestrators import LocalDockerOrchestrator, LocalOrchestrator

from stacks import alarm
from stacks.smtp_alerter import SmtpAlerter
from tagstack.alerts.delivery import Delivery
from tagstack.settings_file import load_settings

AGAIN = "The outbox ends with the container of this step; the next run mails it again."


@pytest.fixture
def told(monkeypatch):
    """Raise an alarm on a stack whose mail ends so: `told("kept", LocalDockerOrchestrator)`."""

    class Alerter(SmtpAlerter):
        config = SimpleNamespace(outbox=None)

        def __init__(self, outcome, outbox):
            self.outcome, self.config = outcome, SimpleNamespace(outbox=outbox)

        def deliver_waiting(self):
            return ()

        def purge(self, now):
            return 0

        def deliver(self, message, recipients):
            return Delivery(outcome=self.outcome, detail="So it ended.")

    def tell(outcome, orchestrator, outbox=None):
        remembered = []
        stack = SimpleNamespace(orchestrator=orchestrator.__new__(orchestrator), alerter=Alerter(outcome, outbox))
        planned = SimpleNamespace(mail=SimpleNamespace(level="warning"), remember=["this"], reason="Mailed, as new.")
        monkeypatch.setattr(alarm, "Client", lambda: SimpleNamespace(active_stack=stack))
        monkeypatch.setattr(alarm, "open_store", nullcontext)
        monkeypatch.setattr(alarm, "read_alerts", lambda *_, **__: [])
        monkeypatch.setattr(alarm, "plan", lambda *_, **__: planned)
        monkeypatch.setattr(alarm, "compose", lambda *_, **__: "a mail")
        monkeypatch.setattr(alarm, "get_run_url", lambda _: "http://run")
        monkeypatch.setattr(alarm, "_pictures", lambda _: {})
        monkeypatch.setattr(alarm, "keep_alerts", lambda _, alerts: remembered.extend(alerts))
        report = SimpleNamespace(model_name="m", as_of=None)
        line = alarm.alert(report, SimpleNamespace(reason="No."), load_settings(), run=SimpleNamespace(name="r"))
        return line, remembered

    return tell


@pytest.mark.parametrize(
    ("outcome", "orchestrator", "outbox", "mailed"),
    [
        ("delivered", LocalDockerOrchestrator, None, True),
        ("kept", LocalOrchestrator, None, True),
        ("kept", LocalDockerOrchestrator, "/srv/outbox", True),
        ("kept", LocalDockerOrchestrator, None, False),
        ("lost", LocalOrchestrator, None, False),
    ],
)
def test_a_finding_counts_as_mailed_where_its_mail_does_not_get_lost(told, outcome, orchestrator, outbox, mailed):
    line, remembered = told(outcome, orchestrator, outbox)
    assert remembered == (["this"] if mailed else [])
    assert line.endswith("Mailed, as new. So it ended.")
    assert line.startswith(AGAIN) == (outcome == "kept" and not mailed)
