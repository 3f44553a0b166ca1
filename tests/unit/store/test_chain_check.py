"""What is told of each kind of edit: one sentence, the rows that it is about, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from homebeat.store.audit.chain import CUT, NO_HASH, compute_hash, state_checkpoint, state_cut, write_detail, write_row
from homebeat.store.audit.chain_check import AuditFault, AuditFaultKind, ChainCheck, ChainSummary
from homebeat.store.audit.values import ChainPoint, ChainRow, SignedCheckpoint

AT = 1_767_225_600_000
Rows = list[ChainRow]


def is_signed(key_id: str, statement: str, signature: str) -> bool | None:
    """Two keys: `ours` is known. A signature is the statement with the name of who signed."""
    return None if key_id != "ours" else signature == f"ours:{statement}"


def chain(rows: Rows, before: ChainPoint) -> Rows:
    """Give rows the numbers and hashes that follow."""
    made = []
    for row in rows:
        numbered = replace(row, id=before.number + 1)
        before = ChainPoint(numbered.id, compute_hash(before.hash, write_row(numbered)))
        made.append(replace(numbered, hash=before.hash))
    return made


def row(n: int, action: str = "look", detail: str = "{}") -> ChainRow:
    return ChainRow(0, AT + n, "user:lin", "nurse", action, f"resident:r-{n}", detail, "")


START = ChainPoint(0, NO_HASH)
ROWS = chain([row(n) for n in range(10)], START)
HEAD = ChainPoint(10, ROWS[-1].hash)


def sign(number: int, rows: Rows = ROWS, *, key_id: str = "ours", by: str = "ours") -> SignedCheckpoint:
    point = next(ChainPoint(row.id, row.hash) for row in rows if row.id == number)
    return SignedCheckpoint(number, point.hash, AT, key_id, f"{by}:{state_checkpoint(point, AT, key_id)}")


def check(
    rows: Rows, checkpoints: list[SignedCheckpoint], head: ChainPoint | None = HEAD, start: ChainPoint = START
) -> tuple[ChainSummary, list[AuditFault]]:
    """Check rows in the given order, each checkpoint behind its row."""
    faults: list[AuditFault] = []
    one = ChainCheck(start, is_signed, faults.append)
    left = list(checkpoints)
    for at in rows:
        while left and left[0].number < at.id:
            one.take_checkpoint(left.pop(0), "elsewhere")
        one.take_row(at)
    for checkpoint in left:
        one.take_checkpoint(checkpoint, "elsewhere")
    summary = one.finish(head)
    assert summary.faults == len(faults)
    return summary, faults


def test_a_chain_as_it_was_written() -> None:
    assert check(ROWS, [sign(4), sign(8)]) == (ChainSummary(10, 1, 10, 0, 2, 8, 0), [])
    assert check([], [], START) == (ChainSummary(0, 0, 0, 0, 0, 0, 0), [])
    assert check(ROWS, []) == (ChainSummary(10, 1, 10, 0, 0, 0, 0), [])


def without(*numbers: int) -> Rows:
    return [row for row in ROWS if row.id not in numbers]


def changed(number: int, **values: object) -> Rows:
    return [replace(row, **values) if row.id == number else row for row in ROWS]


def rewritten(number: int) -> Rows:
    """Another row of this number, and every hash behind it computed again."""
    later = [replace(ROWS[number - 1], about="resident:other"), *ROWS[number:]]
    return [*ROWS[: number - 1], *chain(later, ChainPoint(number - 1, ROWS[number - 2].hash if number > 1 else NO_HASH))]


def end_of(rows: Rows) -> ChainPoint:
    return ChainPoint(rows[-1].id, rows[-1].hash)


K = AuditFaultKind
_GONE = "missing at the end: row"
_SIGNED = "was signed at 2026-01-01T00:00:00Z"
_AT_END = "missing at the end: the head of the chain is row"
_BEHIND = "behind the head of the chain, row"
_CONTENTS = "its contents do not give its hash"
SIGNED = [sign(4), sign(8)]

CASES: dict[str, tuple[Rows, list[SignedCheckpoint], ChainPoint | None, list[tuple[AuditFaultKind, int, int, str]]]] = {
    "a row changed": (changed(3, actor="user:x"), SIGNED, HEAD, [(K.CHANGED, 3, 3, f"row 3 was changed: {_CONTENTS}")]),
    "the first row changed": (changed(1, at=1), SIGNED, HEAD, [(K.CHANGED, 1, 1, f"row 1 was changed: {_CONTENTS}")]),
    "bytes in it": (changed(3, actor=b"user:lin"), SIGNED, HEAD, [(K.CHANGED, 3, 3, f"row 3 was changed: {_CONTENTS}")]),
    "a hash changed": (
        changed(3, hash="x"),
        SIGNED,
        HEAD,
        [(K.CHANGED, 3, 3, "the hash of row 3 was changed; its contents are as they were")],
    ),
    "the last hash changed": (
        changed(10, hash="x"),
        SIGNED,
        HEAD,
        [(K.CHANGED, 10, 10, "the hash of row 10 was changed; its contents are as they were")],
    ),
    "the last row changed": (changed(10, at=1), SIGNED, HEAD, [(K.CHANGED, 10, 10, f"row 10 was changed: {_CONTENTS}")]),
    "two rows changed that follow each other": (
        [replace(row, role="") if row.id in {5, 6} else row for row in ROWS],
        SIGNED,
        HEAD,
        [(K.CHANGED, 5, 5, f"row 5 was changed: {_CONTENTS}"), (K.CHANGED, 6, 6, f"row 6 was changed: {_CONTENTS}")],
    ),
    "a row missing": (without(3), SIGNED, HEAD, [(K.MISSING, 3, 3, "row 3 is missing")]),
    "the first rows missing": (without(1, 2), SIGNED, HEAD, [(K.MISSING, 1, 2, "rows 1 to 2 are missing")]),
    "a row changed before a gap": (
        [row for row in changed(2, at=1) if row.id not in {3, 4}],
        SIGNED,
        HEAD,
        [(K.CHANGED, 2, 2, f"row 2 was changed: {_CONTENTS}"), (K.MISSING, 3, 4, "rows 3 to 4 are missing")],
    ),
    "a row before the first": (
        [replace(ROWS[0], id=0), *ROWS],
        SIGNED,
        HEAD,
        [(K.MISPLACED, 0, 0, "row 0 is there before the first row, which is 1")],
    ),
    "a row twice": ([*ROWS[:4], ROWS[3], *ROWS[4:]], SIGNED, HEAD, [(K.MISPLACED, 4, 4, "row 4 is there twice")]),
    "rows behind the head": (ROWS, SIGNED, end_of(ROWS[:8]), [(K.HEAD, 9, 10, f"rows 9 to 10 stand {_BEHIND} 8")]),
    "a row behind the head": (ROWS, SIGNED, end_of(ROWS[:9]), [(K.HEAD, 10, 10, f"row 10 stands {_BEHIND} 9")]),
    "another hash in the head": (
        ROWS,
        SIGNED,
        ChainPoint(10, "x"),
        [(K.HEAD, 10, 10, "the head of the chain has another hash than row 10")],
    ),
    "no head": (ROWS, SIGNED, None, [(K.HEAD, 10, 10, "the head of the chain is missing")]),
    "no head and no end": (
        ROWS[:6],
        SIGNED,
        None,
        [(K.CUT, 7, 8, f"rows 7 to 8 are {_GONE} 8 {_SIGNED}"), (K.HEAD, 6, 6, "the head of the chain is missing")],
    ),
    "the end missing": (ROWS[:8], SIGNED, HEAD, [(K.CUT, 9, 10, f"rows 9 to 10 are {_AT_END} 10")]),
    "the end missing, up to what was signed": (
        ROWS[:7],
        SIGNED,
        end_of(ROWS[:7]),
        [(K.CUT, 8, 8, f"row 8 is {_GONE} 8 {_SIGNED}")],
    ),
    "the end missing, and the head between": (
        ROWS[:7],
        SIGNED,
        ChainPoint(9, "x"),
        [(K.CUT, 8, 9, f"rows 8 to 9 are {_AT_END} 9")],
    ),
    "the end missing, signed and in the head": (
        ROWS[:7],
        SIGNED,
        ChainPoint(8, "x"),
        [(K.CUT, 8, 8, f"row 8 is {_GONE} 8 {_SIGNED}")],
    ),
    "rows written again": (
        rewritten(6),
        SIGNED,
        end_of(rewritten(6)),
        [
            (
                K.REWRITTEN,
                5,
                8,
                f"row 8 is not the row that {_SIGNED} (in elsewhere): rows 5 to 8 were written again later, or some of them",
            )
        ],
    ),
    "rows written again, over two checkpoints, told once": (
        rewritten(4),
        [sign(3), *SIGNED],
        end_of(rewritten(4)),
        [
            (
                K.REWRITTEN,
                4,
                4,
                f"row 4 is not the row that {_SIGNED} (in elsewhere): row 4 was written again later, or some of them",
            )
        ],
    ),
    "a signature that is none": (
        ROWS,
        [sign(4, by="theirs"), sign(8)],
        HEAD,
        [(K.SIGNATURE, 4, 4, "the checkpoint of row 4 in elsewhere is not signed by the key ours, which it names")],
    ),
    "a key that was not given": (
        ROWS,
        [sign(4, key_id="theirs"), sign(6, key_id="theirs"), sign(8)],
        HEAD,
        [(K.UNKNOWN_KEY, 0, 0, "2 signatures are by the key theirs, which was not given: name its file with --key")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_told(case: str) -> None:
    rows, checkpoints, head, expected = CASES[case]
    _summary, faults = check(rows, checkpoints, head)
    assert [(fault.kind, fault.first, fault.last, fault.text) for fault in faults] == expected


def test_another_rewriting_after_one_that_agrees_is_told_again() -> None:
    signed = [replace(sign(number), hash="x") if number in {3, 7} else sign(number) for number in (3, 5, 7)]
    signed = [replace(one, signature=f"ours:{state_checkpoint(ChainPoint(one.number, one.hash), AT, 'ours')}") for one in signed]
    summary, faults = check(ROWS, signed)
    assert [(fault.kind, fault.first, fault.last) for fault in faults] == [(K.REWRITTEN, 1, 3), (K.REWRITTEN, 6, 7)]
    assert (summary.checkpoints, summary.signed_to) == (1, 5)


def cut(number: int, rows: Rows = ROWS, *, by: str = "ours", spoil: Callable[[str], str] = str) -> Rows:
    """Rows of which retention has deleted those up to `number`, with its word at the end."""
    last = rows[number - 1]
    said = state_cut(ChainPoint(number, last.hash), AT, "ours")
    detail = write_detail({"number": number, "hash": last.hash, "at": AT, "key_id": "ours", "signature": f"{by}:{said}"})
    return [*rows[number:], *chain([row(99, CUT, spoil(detail))], end_of(rows))]


def test_what_retention_deletes_is_no_fault() -> None:
    rows, start = cut(4), ChainPoint(4, ROWS[3].hash)
    assert check(rows, [sign(2), sign(4), sign(8)], end_of(rows), start) == (ChainSummary(7, 5, 11, 0, 2, 8, 4), [])
    again = cut(6, [*ROWS[:4], *rows])
    start = ChainPoint(6, ROWS[5].hash)
    assert check(again, [sign(8)], end_of(again), start) == (ChainSummary(6, 7, 12, 0, 1, 8, 6), [])


_MISSING = "and nothing signed says that retention has deleted them"


@pytest.mark.parametrize(
    ("rows", "start", "expected"),
    [
        (ROWS[1:], 1, [(K.BEGINNING, 1, 1, f"row 1 is missing, {_MISSING}")]),
        (ROWS[4:], 4, [(K.BEGINNING, 1, 4, f"rows 1 to 4 are missing, {_MISSING}")]),
        (cut(4)[2:], 6, [(K.BEGINNING, 5, 6, f"rows 5 to 6 are missing, {_MISSING}")]),
        (
            cut(4, by="theirs"),
            4,
            [
                (K.SIGNATURE, 11, 11, "what row 11 says of rows that were deleted is not signed by the key ours, which it names"),
                (K.BEGINNING, 1, 4, f"rows 1 to 4 are missing, {_MISSING}"),
            ],
        ),
        (
            cut(4, spoil=lambda text: text.replace("signature", "note")),
            4,
            [
                (K.SIGNATURE, 11, 11, "row 11 says that old rows were deleted, and is not signed"),
                (K.BEGINNING, 1, 4, f"rows 1 to 4 are missing, {_MISSING}"),
            ],
        ),
        (
            [*ROWS[:4], *cut(4)],
            0,
            [(K.BEGINNING, 1, 4, "retention has deleted the rows up to 4 and signed that, but the chain begins otherwise")],
        ),
    ],
)
def test_a_beginning_that_nobody_signed_for(rows: Rows, start: int, expected: list[tuple[AuditFaultKind, int, int, str]]) -> None:
    point = ChainPoint(start, ROWS[start - 1].hash) if start else START
    _summary, faults = check(rows, [], end_of(rows), point)
    assert [(fault.kind, fault.first, fault.last, fault.text) for fault in faults] == expected


def test_a_line_that_cannot_be_read_is_about_no_row() -> None:
    faults: list[AuditFault] = []
    ChainCheck(START, is_signed, faults.append).tell_unreadable("line 7 of x")
    assert faults == [AuditFault(K.UNREADABLE, 0, 0, "line 7 of x cannot be read: it is not as homebeat writes it")]
