"""When messages of a cloud count as lost: refused, late, or pushed while nobody was here, and until when."""

from __future__ import annotations

import msgspec

from homebeat.domain.cloud import CloudKind
from homebeat.ingest.journal.standing import Hole, IntakeStanding
from homebeat.intake.ledger import IntakeLedger

T0 = 1_772_000_000_000
KINDS = {"aep": CloudKind.CTWING, "iotda": CloudKind.HUAWEI}


def make_standing(ledger: IntakeLedger, now: int, wrong: str | None = None) -> IntakeStanding:
    return ledger.make_standing(now, wrong, 0, 1, 0)


def list_holes(standing: IntakeStanding) -> list[tuple[str, int, int, str]]:
    return [(one.cloud, one.since - T0, one.until - T0, one.why) for one in standing.holes]


def test_what_is_taken_leaves_no_hole() -> None:
    ledger = IntakeLedger(KINDS, None, T0)
    for n in range(5):
        ledger.note_taken("aep", T0 + n)
    standing = make_standing(ledger, T0 + 1_000)
    assert (standing.clouds["aep"].taken, list_holes(standing)) == (5, [])


def test_a_hole_ends_with_the_next_message_that_is_taken() -> None:
    ledger = IntakeLedger(KINDS, None, T0)
    ledger.note_failed("aep", "full", T0)
    ledger.note_failed("aep", "full", T0 + 900)
    assert make_standing(ledger, T0 + 1_000, "full").clouds["aep"].blind_since == T0
    ledger.note_taken("aep", T0 + 5_000)
    standing = make_standing(ledger, T0 + 6_000)
    assert list_holes(standing) == [("aep", 0, 5_000, "full")]
    assert (standing.clouds["aep"].blind_ms, standing.clouds["aep"].blind_since) == (5_000, None)
    assert standing.clouds["iotda"].blind_ms == 0, "one cloud's trouble is not another's"


def test_after_ten_failures_in_a_row_ctwing_says_nothing_for_a_minute() -> None:
    ledger = IntakeLedger(KINDS, None, T0)
    for n in range(10):
        ledger.note_failed("aep", "late", T0 + n * 100)
    assert list_holes(make_standing(ledger, T0 + 50_000)) == []
    assert list_holes(make_standing(ledger, T0 + 61_000)) == [("aep", 0, 60_900, "late")]


def test_of_a_few_failures_the_hole_ends_soon_after_the_last() -> None:
    ledger = IntakeLedger(KINDS, None, T0)
    for n in range(3):
        ledger.note_failed("aep", "busy", T0 + n * 1_000)
    assert list_holes(make_standing(ledger, T0 + 10_000)) == [("aep", 0, 3_000, "busy")]


def test_while_nothing_can_be_taken_a_hole_stays_open() -> None:
    ledger = IntakeLedger(KINDS, None, T0)
    ledger.note_failed("aep", "disk", T0)
    assert make_standing(ledger, T0 + 600_000, "disk").clouds["aep"].blind_since == T0


def test_the_time_between_two_processes_is_a_hole_of_every_cloud() -> None:
    before = make_standing(IntakeLedger(KINDS, None, T0), T0)
    stored = msgspec.json.decode(msgspec.json.encode(before), type=IntakeStanding)
    ledger = IntakeLedger({**KINDS, "new": CloudKind.OTHER}, stored, T0 + 90_000)
    standing = make_standing(ledger, T0 + 91_000)
    assert list_holes(standing) == [("aep", 0, 90_000, "down"), ("iotda", 0, 90_000, "down")]
    assert [hole.no for hole in standing.holes] == [1, 2]
    assert standing.turn == before.turn + 1
    again = IntakeLedger(KINDS, make_standing(ledger, T0 + 92_000), T0 + 93_000)
    assert [hole.no for hole in make_standing(again, T0 + 94_000).holes] == [1, 2], "a second is no hole"


def test_a_hole_that_was_open_goes_on_over_the_end_of_a_process() -> None:
    first = IntakeLedger(KINDS, None, T0)
    first.note_failed("aep", "full", T0)
    standing = make_standing(IntakeLedger(KINDS, make_standing(first, T0 + 1_000, "full"), T0 + 60_000), T0 + 61_000)
    assert ("aep", 0, 60_000, "full") in list_holes(standing)
    assert standing.holes[0] == Hole(1, "aep", T0, T0 + 60_000, "full")
