"""Whatever breaks: a clear error or a run that comes through, nothing half done, and the next run goes on."""

import pytest

from lab.faults import FAULTS, possible, suffer


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.strike.__name__)
def test_a_fault_is_told_and_the_next_run_goes_on(trained, alone, client, record, fault):
    if not possible(fault):
        pytest.skip("a small disk is mounted by root only")
    trained(fault.stack)
    if fault.alone:
        alone()
    outcome = suffer(client(fault.stack), fault)
    record.faults[fault.name] = outcome
    assert outcome.in_order, outcome
