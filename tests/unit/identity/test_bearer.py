"""Sessions, keys and links: one form, read strictly, stored as a digest."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import DAY_MS
from homebeat.identity.bearer import (
    LINK_LASTS_MS,
    Bearer,
    LinkPurpose,
    LinkState,
    check_link,
    is_same_digest,
    make_bearer,
    make_link,
    parse_bearer,
)

NOON = 1_780_000_000_000
GOOD = "hb_abc123def456_" + "aB3" * 14 + "z"


def test_a_new_one_has_the_form_and_enough_chance_in_it() -> None:
    made = [make_bearer() for _ in range(300)]
    assert all(re.fullmatch(r"hb_[a-z0-9]{12}_[A-Za-z0-9]{43}", bearer.text) for bearer in made)
    assert len({bearer.id for bearer in made}) == len({bearer.secret for bearer in made}) == 300
    assert len(set("".join(bearer.secret for bearer in made))) == 62
    assert 43 * math.log2(62) >= 256


def test_what_was_given_out_is_read_back() -> None:
    bearer = make_bearer()
    assert parse_bearer(bearer.text) == bearer
    assert parse_bearer(GOOD) == Bearer("abc123def456", "aB3" * 14 + "z")


@given(st.one_of(st.text(), st.from_regex(r"hb_[a-z0-9]{10,14}_[A-Za-z0-9_-]{41,45}\s?")))
def test_only_the_form_is_read_and_nothing_raises(text: str) -> None:
    found = parse_bearer(text)
    assert (found is not None) == bool(re.fullmatch(r"hb_[a-z0-9]{12}_[A-Za-z0-9]{43}", text, re.ASCII))
    assert found is None or found.text == text


@pytest.mark.parametrize(
    "text",
    [None, "", "hb", "hb_", "hb__", GOOD[:-1], GOOD + "x", GOOD + "\n", " " + GOOD, GOOD.upper(), GOOD.replace("hb", "HB"),
     GOOD.replace("z", "ｚ"), GOOD.replace("1", "١"), GOOD.replace("_a", "-a"), GOOD * 2, "\ud800" + GOOD[1:]],
)  # fmt: skip
def test_rubbish_is_refused(text: str | None) -> None:
    assert parse_bearer(text) is None


def test_the_digest_is_sha256_of_all_of_it_and_compared_whole() -> None:
    bearer = make_bearer()
    assert bearer.digest == hashlib.sha256(bearer.text.encode()).hexdigest()
    assert is_same_digest(bearer.digest, bearer)
    assert not is_same_digest(bearer.digest, make_bearer())
    assert not is_same_digest(bearer.digest, replace(bearer, id="abc123def456"))
    for stored in ("", bearer.digest[:-1], bearer.digest + "0", bearer.digest.upper(), "é" * 64):
        assert not is_same_digest(stored, bearer)


def test_a_log_line_does_not_show_the_secret() -> None:
    bearer = make_bearer()
    assert bearer.secret not in f"{bearer!r} {bearer}"
    assert bearer.id in repr(bearer)


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_link_works_until_its_end_and_for_its_purpose_only(purpose: LinkPurpose) -> None:
    bearer, stored = make_link(purpose, NOON)
    assert (stored.id, stored.digest, stored.ends_at) == (bearer.id, bearer.digest, NOON + LINK_LASTS_MS[purpose])
    assert bearer.secret not in repr(stored)
    assert check_link(stored, bearer, purpose, NOON) is LinkState.GOOD
    assert check_link(stored, bearer, purpose, stored.ends_at - 1) is LinkState.GOOD
    assert check_link(stored, bearer, purpose, stored.ends_at) is LinkState.OVER
    for other in set(LinkPurpose) - {purpose}:
        assert check_link(stored, bearer, other, NOON) is LinkState.UNKNOWN


def test_how_long_links_work() -> None:
    assert {purpose.value: lasts / DAY_MS for purpose, lasts in LINK_LASTS_MS.items()} == {
        "sign_in": 1,
        "second_factor": 10 / (24 * 60),
        "after_provider": 10 / (24 * 60),
        "connect": 10 / (24 * 60),
    }


def test_a_link_that_is_not_known_or_was_changed_does_not_work() -> None:
    bearer, stored = make_link(LinkPurpose.SIGN_IN, NOON)
    assert check_link(None, bearer, LinkPurpose.SIGN_IN, NOON) is LinkState.UNKNOWN
    changed = replace(bearer, secret=make_bearer().secret)
    assert check_link(stored, changed, LinkPurpose.SIGN_IN, NOON) is LinkState.UNKNOWN


def test_a_link_of_a_clock_that_ran_ahead_does_not_last_longer() -> None:
    bearer, stored = make_link(LinkPurpose.SIGN_IN, NOON + 30 * DAY_MS)
    assert check_link(stored, bearer, LinkPurpose.SIGN_IN, NOON) is LinkState.OVER
