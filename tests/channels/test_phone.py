"""Telephone numbers: what people write is understood, what reaches nobody is refused with a cure."""

import pytest

from agent.channels.phone import e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+491701234567", "+491701234567"),
        ("+49 170 123-45.67", "+491701234567"),
        ("+1 (212) 555/0100", "+12125550100"),
        ("+2904123", "+2904123"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_numbers_are_understood(written, number):
    assert e164(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "112",
        "0170 1234567",
        "491701234567",
        "+0491701234567",
        "+49",
        "+1234567890123456",
        "+49x70123",
        "+٤٩١٧٠١٢٣٤٥",
        "+4917012345\n67",
    ],
)
def test_others_are_refused(written):
    with pytest.raises(ValueError, match="country code"):
        e164(written)
