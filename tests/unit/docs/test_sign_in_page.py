"""The page about sign-in says the numbers of the code, and quotes what the log really says."""

from __future__ import annotations

import re

from homebeat.identity import lockout
from homebeat.identity.oidc.calls import MOST_BYTES, SECONDS
from homebeat.identity.oidc.id_token import ALGORITHMS, LEEWAY_S
from homebeat.identity.oidc.provider import AT_ONCE as STEPS_AT_ONCE
from homebeat.identity.oidc.provider import KEYS_LAST_S
from homebeat.identity.oidc.values import PENDING_LASTS_MS, Registration
from homebeat.identity.passwords import AT_ONCE, FEWEST_CHARACTERS, MOST_CHARACTERS, MOST_WAITING, STANDARD_COST
from homebeat.identity.totp import STEP_MS, STEPS_ASIDE, STEPS_RECOGNISED
from homebeat.store.access.pending import MOST_PENDING
from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "sign-in.md").read_text(encoding="utf-8")
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "homebeat" / "identity" / "oidc").glob("*.py"))


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At least {FEWEST_CHARACTERS} characters, at most {MOST_CHARACTERS}." in PAGE
    assert STANDARD_COST.memory_kib == 64 * 1024
    assert STANDARD_COST.passes == 3
    assert AT_ONCE == 2
    assert f"while {AT_ONCE + MOST_WAITING} are being checked" in PAGE
    assert (STEP_MS, STEPS_ASIDE, STEPS_RECOGNISED * STEP_MS) == (30_000, 1, 5 * 60_000)
    assert (SECONDS, STEPS_AT_ONCE, KEYS_LAST_S, PENDING_LASTS_MS, LEEWAY_S) == (10, 4, 600, 600_000, 60)
    assert f"At most {MOST_PENDING:,} sign-ins wait" in PAGE
    assert f"may begin {lockout.NETWORK.most} in a row" in PAGE
    assert f"every {lockout.NETWORK.every_ms // 1000} seconds; one that ends well" in PAGE
    assert f"bring {MOST_BYTES // 1024} kB" in PAGE
    assert f"{' or '.join(ALGORITHMS)}. Not HS256" in PAGE
    assert f"`{' '.join(Registration('', '', '').scopes)}`" in PAGE


def test_the_waits_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (?:one|the second)[^|]*\| (\d+) \| every (\d+) (minutes|seconds) \|", PAGE, re.MULTILINE)
    told = [(int(most), int(count) * {"minutes": 60_000, "seconds": 1_000}[unit]) for most, count, unit in rows]
    assert told == [(limit.most, limit.every_ms) for limit in (lockout.PAIR, lockout.NETWORK, lockout.SECOND_FACTOR)]
    assert lockout.find_network("203.0.113.7").endswith("/24")
    assert lockout.find_network("2001:db8::7").endswith("/56")


def test_what_is_quoted_from_the_log_is_what_is_said() -> None:
    table = PAGE.rpartition("| the log says | do |")[2]
    quoted = [quote for row in table.splitlines()[2:] for quote in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(quoted) > 14
    for quote in quoted:
        pattern = re.escape(quote).replace(r"\.\.\.", r"").replace("HS256", ".*").replace("invalid_client", ".*")
        pattern = re.sub(r"(answers\\ )\d+", r"\1", pattern).replace("'.*'", ".*").strip("\\ ")
        assert re.search(pattern, SOURCE), quote
