"""Numbers as networks take them: with a country code, or not at all."""

import pytest

from homebeat.domain.phone import is_chinese, is_chinese_mobile, make_e164

MOBILE = "+86139" + "00000001"


@pytest.mark.parametrize(
    "written, number",
    [
        ("139-0000-0001", MOBILE),
        ("139 0000 0001", MOBILE),
        ("+86 139 0000 0001", MOBILE),
        ("0086-139-0000-0001", MOBILE),
        ("010-6000 0001", "+861060000001"),
        ("+86 (0)10 6000 0001", "+861060000001"),
        ("+49 30 5550 0001", "+493055500001"),
        ("0049 30 5550 0001", "+493055500001"),
        ("+852 5550 0001", "+85255500001"),
    ],
)
def test_a_number_gets_its_country_code(written: str, number: str) -> None:
    assert make_e164(written) == number


@pytest.mark.parametrize(
    "written",
    ["", "6000 0001", "10086", "555-0100", "+1", "+0 30 5550 0001", "010-6000 0001 x12", "nobody", "+86 139 0000 0001 0002 0003"],
)
def test_what_no_network_can_call_from_anywhere_is_none(written: str) -> None:
    assert make_e164(written) == ""


def test_mobiles_and_lines_of_mainland_china_are_told_apart_from_abroad() -> None:
    assert (is_chinese(MOBILE), is_chinese_mobile(MOBILE)) == (True, True)
    assert (is_chinese("+861060000001"), is_chinese_mobile("+861060000001")) == (True, False)
    assert (is_chinese("+85255500001"), is_chinese_mobile("+85255500001")) == (False, False)
