import pytest

from tagstack.report.formats import decimal, interval, listing, percent, plural, whole


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_a_dash(value):
    assert decimal(value) == whole(value) == percent(value) == "–"


def test_an_interval_without_a_bound_is_not_written():
    assert interval(0.1, float("nan")) == interval(None, 0.2) == ""


def test_negative_numbers_carry_a_true_minus_sign():
    assert interval(-0.02, 0.01) == "−0.020 to 0.010"


def test_no_name_is_a_dash():
    assert listing([]) == "–"


def test_one_is_singular():
    assert plural(1, "row") == "1 row"
