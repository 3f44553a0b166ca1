"""The second factor: right codes at their time, once; the clocks that differ are recognised."""

from __future__ import annotations

import base64
import urllib.parse

import pyotp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from homebeat.identity.totp import (
    STEP_MS,
    STEPS_ASIDE,
    STEPS_RECOGNISED,
    CodeCheck,
    CodeOutcome,
    check_totp_code,
    make_totp_secret,
    make_totp_uri,
)

NOON = 1_780_000_000_000 // STEP_MS * STEP_MS
STEP = NOON // STEP_MS
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: RFC 6238, appendix B: the secret and the last six digits of the values for SHA-1.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


def code_of(step: int, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).generate_otp(step)


@pytest.mark.parametrize("at_s, code", RFC_CODES.items())
def test_codes_are_those_of_the_standard(at_s: int, code: str) -> None:
    assert check_totp_code(RFC_SECRET, code, at_s * 1000, None) == CodeCheck(CodeOutcome.ACCEPTED, at_s // 30)


@pytest.mark.parametrize("within", [0, 1, STEP_MS - 1])
@pytest.mark.parametrize("aside", [-1, 0, 1])
def test_one_step_either_side_is_accepted(aside: int, within: int) -> None:
    assert check_totp_code(SECRET, code_of(STEP + aside), NOON + within, None) == CodeCheck(CodeOutcome.ACCEPTED, STEP + aside)


@pytest.mark.parametrize("aside", [n for n in range(-STEPS_RECOGNISED, STEPS_RECOGNISED + 1) if abs(n) > STEPS_ASIDE])
def test_a_code_of_another_time_says_that_the_clocks_differ_and_is_refused(aside: int) -> None:
    assert check_totp_code(SECRET, code_of(STEP + aside), NOON, None) == CodeCheck(CodeOutcome.CLOCK, None, aside * 30)


def test_an_accepted_code_says_nothing_about_clocks_and_the_first_step_of_all_is_one() -> None:
    assert check_totp_code(SECRET, code_of(STEP), NOON, None).ahead_s == 0
    assert check_totp_code(SECRET, code_of(0), 0, None) == CodeCheck(CodeOutcome.ACCEPTED, 0)
    assert check_totp_code(SECRET, code_of(9), 0, None) == CodeCheck(CodeOutcome.CLOCK, ahead_s=270)


@pytest.mark.parametrize("aside", [-STEPS_RECOGNISED - 1, STEPS_RECOGNISED + 1, 5000])
def test_a_code_of_quite_another_time_is_wrong(aside: int) -> None:
    assert check_totp_code(SECRET, code_of(STEP + aside), NOON, None) == CodeCheck(CodeOutcome.WRONG)


@pytest.mark.parametrize("last", [STEP, STEP + 1])
@pytest.mark.parametrize("aside", [-5, -1, 0])
def test_a_code_and_those_before_it_are_good_once(aside: int, last: int) -> None:
    assert check_totp_code(SECRET, code_of(STEP + aside), NOON, last) == CodeCheck(CodeOutcome.USED)


def test_the_next_code_is_good_after_the_last_one() -> None:
    assert check_totp_code(SECRET, code_of(STEP + 1), NOON, STEP) == CodeCheck(CodeOutcome.ACCEPTED, STEP + 1)
    assert check_totp_code(SECRET, code_of(STEP), NOON, STEP - 1) == CodeCheck(CodeOutcome.ACCEPTED, STEP)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(-2, 2)), max_size=12))
def test_no_step_signs_in_twice(tries: list[tuple[int, int]]) -> None:
    """Whatever is tried, in which order: the stored step only rises, and each accepted code is a new one."""
    accepted: list[int] = []
    for later, aside in tries:
        step = STEP + later + aside
        found = check_totp_code(SECRET, code_of(step), NOON + later * STEP_MS, accepted[-1] if accepted else None)
        if found.outcome is CodeOutcome.ACCEPTED:
            assert found.step == step
            accepted.append(step)
    assert accepted == sorted(set(accepted))


@pytest.mark.parametrize("write", ["{a} {b}", " {a}{b} ", "{a}-{b}", "{a}\u3000{b}"])
def test_spaces_and_full_width_digits_do_no_harm(write: str) -> None:
    code = code_of(STEP)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for text in (code, wide):
        assert check_totp_code(SECRET, write.format(a=text[:3], b=text[3:]), NOON, None).outcome is CodeOutcome.ACCEPTED


@given(st.one_of(st.text(), st.text("0123456789٠１-  ", max_size=9)))
def test_rubbish_is_wrong_and_raises_nothing(typed: str) -> None:
    digits = "".join(c for c in typed if c.isdecimal())
    assume(len(digits) != 6)
    assert check_totp_code(SECRET, typed, NOON, None) == CodeCheck(CodeOutcome.WRONG)


def test_a_code_of_another_account_is_wrong() -> None:
    other = make_totp_secret()
    known = {code_of(STEP + aside) for aside in range(-STEPS_RECOGNISED, STEPS_RECOGNISED + 1)}
    mine = next(step for step in range(STEP, STEP + 3) if code_of(step, other) not in known)
    assert check_totp_code(SECRET, code_of(mine, other), NOON, None).outcome is CodeOutcome.WRONG


def test_secrets_are_long_and_no_two_are_alike() -> None:
    secrets = {make_totp_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(base64.b32decode(secret)) == 20 for secret in secrets)


@pytest.mark.parametrize("account", ["chen", "陈雨", "a:b&issuer=x?#/%"])
def test_the_address_for_the_app_holds_secret_account_and_issuer(account: str) -> None:
    uri = urllib.parse.urlsplit(make_totp_uri(SECRET, account, "homebeat 鹭街"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(uri.path) == f"/homebeat 鹭街:{account}"
    assert urllib.parse.parse_qs(uri.query) == {"secret": [SECRET], "issuer": ["homebeat 鹭街"]}
