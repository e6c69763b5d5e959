"""Whatever breaks: a clear error or a run that comes through, nothing half done, and the next run goes on."""

import pytest

from lab.faults import FAULTS, possible


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.strike.__name__)
def test_a_fault_is_told_and_the_next_run_goes_on(suffered, fault):
    if not possible(fault):
        pytest.skip("a small disk is mounted by root only")
    outcome = suffered(fault)
    assert outcome.in_order, outcome
