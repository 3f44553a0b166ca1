"""Recovery codes: read from paper, typed as people type."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.identity.recovery import HOW_MANY, digest_recovery_code, make_recovery_codes


def test_ten_different_codes_that_cannot_be_misread_or_guessed() -> None:
    codes = [code for _ in range(50) for code in make_recovery_codes()]
    assert len(set(codes)) == 50 * HOW_MANY == 500
    letters = set("".join(codes)) - {"-"}
    assert not letters & set("01OILUV")
    assert 18 * math.log2(len(letters)) >= 80
    assert all(re.fullmatch(r"\w{6}-\w{6}-\w{6}", code) for code in codes)


@pytest.mark.parametrize(
    "write",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code.replace('-', ' – ')} ", lambda code: "".join(
        chr(ord(sign) + 0xFEE0) for sign in code
    )],
)  # fmt: skip
def test_capitals_spaces_and_hyphens_do_not_matter(write: object) -> None:
    assert callable(write)
    for code in make_recovery_codes():
        assert digest_recovery_code(write(code)) == digest_recovery_code(code) is not None


def test_each_code_has_a_digest_of_its_own_that_does_not_show_it() -> None:
    codes = make_recovery_codes()
    digests = {digest_recovery_code(code) for code in codes}
    assert len(digests) == HOW_MANY
    assert all(digest and re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)


@given(st.one_of(st.text(), st.text("K7MXQ29FTRWA4HCNBP-", max_size=30)))
def test_rubbish_is_no_code_and_raises_nothing(typed: str) -> None:
    digest = digest_recovery_code(typed)
    assert digest is None or len(re.sub(r"[^0-9A-Za-z]", "", typed)) == 18


@pytest.mark.parametrize("typed", ["", "K7MXQ2-9FTRWA-4HCNB", "K7MXQ2-9FTRWA-4HCNBPP", "K7MXQ2-9FTRWA-4HCNBO", "x" * 10_000])
def test_what_is_too_short_too_long_or_of_other_letters_is_none(typed: str) -> None:
    assert digest_recovery_code(typed) is None
