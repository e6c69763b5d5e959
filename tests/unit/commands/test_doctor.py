"""The doctor's last line counts as people do."""

import pytest

from commands import doctor
from stacks.health import Finding
from tagstack.config import Settings
from tagstack.errors import ServiceError


@pytest.mark.parametrize(("ill", "said"), [(1, "1 finding is not well;"), (2, "2 findings are not well;")])
def test_the_last_line_says_how_many_findings_are_not_well(ill, said, tmp_path, monkeypatch):
    found = [Finding("disk", well=True, detail="50 GB free")] + [Finding("model", well=False, detail="damaged")] * ill
    monkeypatch.setattr(doctor, "use_stack", lambda _name: None)
    monkeypatch.setattr(doctor.health, "examine", lambda *_: iter(found))
    settings = Settings.model_validate({"store": {"url": f"sqlite:///{tmp_path}/store.db"}})
    with pytest.raises(ServiceError, match=said):
        doctor.run_doctor(settings, stack=None, repair=False)
