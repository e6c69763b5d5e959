"""Who is mailed: addresses are checked, and levels include those below."""

import pytest
from pydantic import ValidationError

from tagstack.alerts.settings import AlertSettings, RecipientSettings


def test_whoever_is_named_at_a_level_gets_the_worse_ones_too():
    named = RecipientSettings(info=("all@b.org",), warning=("ops@b.org", "all@b.org"), critical=("boss@b.org",))
    assert named.of("info") == ("all@b.org",)
    assert named.of("critical") == ("all@b.org", "ops@b.org", "boss@b.org")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ops",
        "Ops <ops@b.org>",
        "ops@b.org, boss@b.org",
        "ops@b.org\nBcc: x@y.org",
        "größe@b.org",
        "a b@c.org",
        "a..b@c.org",
        ".a@c.org",
        "a@-c.org",
    ],
)
def test_what_is_no_bare_address_is_refused_by_name(address):
    with pytest.raises(ValidationError, match=r"recipients\.critical\.0\n.*is no mail address like 'ops@example.org'"):
        AlertSettings.model_validate({"recipients": {"critical": [address]}})


@pytest.mark.parametrize("address", ["ops@b.org", "a.b+c_d@mail.example.org", "tagstack@localhost"])
def test_usual_addresses_are_taken(address):
    assert AlertSettings.model_validate({"recipients": {"warning": [address]}}).recipients.of("critical") == (address,)


@pytest.mark.parametrize(
    "wrong",
    [{"mail_from": "none"}, {"cooldown_days": -1}, {"digest_days": "x"}, {"recipient": {}}, {"recovery": "yes"}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        AlertSettings.model_validate(wrong)
