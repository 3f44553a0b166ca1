"""The engine's state as bytes, and back.

It is stored together with the log position up to which readings are folded. A restart folds the readings after that position:
nothing twice, nothing left out.

For 100,000 residents the state is 280 MB, and two thirds of it did not change in the last five minutes. So it is cut into parts
of one megabyte, each named by a digest of its content. A part that is stored already is neither copied nor written again, and a
start reads one part at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from homebeat.domain.fleet import Fleet
from homebeat.engine.blind import PARTS_MS, Blindness, Since
from homebeat.engine.edges import Edges, RowCondition
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.judge import count_rows
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import Batch
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

#: Raise it when the meaning of any stored array changes. An older checkpoint is then not read; the readings are folded again.
VERSION: Final = "25"

_ROSTER_ARRAYS: Final = (
    "device_household",
    "device_kind",
    "device_since",
    "meter_device",
    "resident_household",
    "resident_since",
    "resident_withdrawn",
)
_ROSTER_IDS: Final = ("household_ids", "resident_ids", "device_ids")
_BATCH: Final = ("device", "metric", "observed_at", "received_at", "value", "mark")


#: Bytes of one part, and how many ids go into one.
_PART: Final = 1 << 20
_IDS: Final = 16_384


@dataclass(frozen=True, slots=True)
class SavedState:
    """A saved state: the head says which parts it consists of.

    Attributes:
        parts: By digest. When saving: the parts that were not stored before. When restoring: any mapping that finds them.
        uses: Digests of all parts of the state, stored before or not.
    """

    head: bytes
    parts: Mapping[bytes, bytes]
    uses: AbstractSet[bytes] = field(default_factory=frozenset)


class _Piece(msgspec.Struct, array_like=True, frozen=True):
    """A stretch of an array: a part, or (where the digest is empty) one value repeated."""

    digest: bytes
    value: bytes = b""


class _Array(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    pieces: list[_Piece]


class _Edges(msgspec.Struct, array_like=True, frozen=True):
    phases: dict[int, int]
    held: dict[int, tuple[int, int, int, int, int]]
    cleared: dict[int, int]


class _Blind(msgspec.Struct, array_like=True, frozen=True):
    rows: dict[str, dict[int, tuple[int, int]]] = {}
    homes: dict[str, dict[int, tuple[int, int]]] = {}
    alerts: dict[int, tuple[int, str]] = {}


class _Head(msgspec.Struct, frozen=True):
    version: str
    now: int
    listening_at: int
    clock_steps: int
    heads: tuple[int, int, int, int, int]
    ids: dict[str, list[bytes]]
    roster: dict[str, _Array]
    tracked: tuple[int, ...]
    features: dict[str, dict[str, _Array]]
    edges: dict[str, _Edges]
    outages: dict[str, dict[str, tuple[int, int]]]
    waiting: dict[str, _Array]
    blind: _Blind = _Blind()


class StaleCheckpoint(Exception):
    """The checkpoint was written by another version, or is damaged; fold the readings again."""


def save(engine: Engine, known: AbstractSet[bytes] = frozenset()) -> SavedState:
    """Save the engine's whole state.

    Args:
        engine: It may go on at once: nothing of its memory is referred to.
        known: Digests of parts that are stored already.
    """
    state, roster, cutter = engine.state, engine.roster, _Cutter(known)
    waiting = engine.waiting.join_waiting()
    head = msgspec.msgpack.encode(
        _Head(
            VERSION,
            engine.now,
            engine.listening_at,
            engine.clock_steps,
            (state.timeline.head, state.water.head, state.past.head, state.learned.upto, state.days.upto),
            {name: cutter.cut_ids(getattr(roster, name)) for name in _ROSTER_IDS},
            {name: cutter.cut_array(getattr(roster, name)) for name in _ROSTER_ARRAYS},
            tuple(int(m) for m in state.latest.tracked),
            {
                name: {column: cutter.cut_array(a) for column, a in feature.list_arrays().items()}
                for name, feature in state.features.items()
            },
            {
                code: _Edges(
                    {r: int(e.phase[r]) for r in e.conditions},
                    {r: (h.since, h.onset, h.opened_at, h.over_at, h.news_at) for r, h in e.conditions.items()},
                    e.cleared,
                )
                for code, e in engine.judge.edges.items()
            },
            engine.outages.pack(),
            {name: cutter.cut_array(getattr(waiting, name)) for name in _BATCH},
            _pack_blind(engine.blind),
        )
    )
    return SavedState(head, cutter.parts, cutter.uses)


def restore(saved: SavedState, registry: Fleet | Registry, book: RuleBook, pace: Pace | None = None) -> Engine:
    """Restore the engine as saved, then bring it up to the registry and rules of today.

    Raises:
        StaleCheckpoint: Written by another version, or damaged.
    """
    try:
        head = msgspec.msgpack.decode(saved.head, type=_Head)
        if head.version != VERSION or tuple(int(m) for m in Engine(Roster(), book).state.latest.tracked) != head.tracked:
            raise StaleCheckpoint(f"version {head.version}, this is {VERSION}")
        return _restore(head, saved.parts, registry, book, pace)
    except msgspec.MsgspecError as error:
        raise StaleCheckpoint(str(error)) from error


def _restore(head: _Head, parts: Mapping[bytes, bytes], registry: Fleet | Registry, book: RuleBook, pace: Pace | None) -> Engine:
    known: dict[str, Any] = {name: _join_ids(pieces, parts) for name, pieces in head.ids.items()}
    known |= _Arrays(head.roster, parts)
    roster = Roster(**known).with_registry(registry, head.now)
    engine = Engine(roster, book, pace)
    for name, feature in engine.state.features.items():
        try:
            feature.load(_Arrays(head.features[name], parts))
        except (KeyError, ValueError) as error:
            raise StaleCheckpoint(str(error)) from error
    state = engine.state
    state.timeline.head, state.water.head, state.past.head, state.learned.upto, state.days.upto = head.heads
    engine.now, engine.listening_at, engine.clock_steps = head.now, head.listening_at, head.clock_steps
    engine.waiting.hold(Batch(**_Arrays(head.waiting, parts)))
    edges = {
        code: Edges.of(
            count_rows(roster, RULES[code].axis), e.phases, {r: RowCondition(*h) for r, h in e.held.items()}, e.cleared
        )
        for code, e in head.edges.items()
        if code in RULES
    }
    engine.outages.load(head.outages, head.now)
    engine.judge.follow(book, roster, edges)
    blind = engine.blind
    blind.rows = {code: {r: Since(*s) for r, s in rows.items()} for code, rows in head.blind.rows.items() if code in edges}
    blind.homes = {part: {h: Since(*s) for h, s in homes.items()} for part, homes in head.blind.homes.items() if part in PARTS_MS}
    for home, (onset, rules) in head.blind.alerts.items():
        blind.adopt(home, onset, rules)
    engine.follow(roster, book)
    return engine


def _pack_blind(blind: Blindness) -> _Blind:
    return _Blind(
        {code: {r: (s.begun, s.until) for r, s in rows.items()} for code, rows in blind.rows.items()},
        {part: {h: (s.begun, s.until) for h, s in homes.items()} for part, homes in blind.homes.items()},
        {home: (alert.onset, alert.rules) for home, alert in blind.alerts.items()},
    )


class _Cutter:
    """Cuts a state into parts, and keeps a copy of those that are not stored yet."""

    def __init__(self, known: AbstractSet[bytes]) -> None:
        self._known = known
        self.parts: dict[bytes, bytes] = {}
        self.uses: set[bytes] = set()

    def cut_array(self, array: NDArray[Any]) -> _Array:
        """Cut an array along its first axis: rows of a ring that did not change stay the same part."""
        flat, step = np.ascontiguousarray(array).reshape(-1), _count_elements(array.shape, array.dtype)
        pieces = [self._cut_piece(flat[start : start + step]) for start in range(0, len(flat), step)]
        return _Array(array.dtype.str, array.shape, pieces)

    def cut_ids(self, ids: Sequence[str]) -> list[bytes]:
        """Cut names into parts of `_IDS` each."""
        return [self._keep_part(msgspec.msgpack.encode(ids[start : start + _IDS])) for start in range(0, len(ids), _IDS)]

    def _cut_piece(self, stretch: NDArray[Any]) -> _Piece:
        bits = stretch.view(f"u{stretch.itemsize}")
        if bits[0] == bits[-1] and (bits == bits[0]).all():
            return _Piece(b"", stretch[:1].tobytes())
        return _Piece(self._keep_part(stretch))

    def _keep_part(self, content: bytes | NDArray[Any]) -> bytes:
        digest = sha256(content if isinstance(content, bytes) else content.data).digest()[:16]
        self.uses.add(digest)
        if digest not in self._known and digest not in self.parts:
            self.parts[digest] = content if isinstance(content, bytes) else content.tobytes()
        return digest


class _Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by name, each put together when it is read: no two of them are in memory twice."""

    def __init__(self, arrays: Mapping[str, _Array], parts: Mapping[bytes, bytes]) -> None:
        self._arrays, self._parts = arrays, parts

    def __getitem__(self, name: str) -> NDArray[Any]:
        saved = self._arrays[name]
        array = np.empty(saved.shape, np.dtype(saved.dtype))
        flat, step = array.reshape(-1), _count_elements(saved.shape, array.dtype)
        for i, piece in enumerate(saved.pieces):
            content = _get_part(self._parts, piece.digest) if piece.digest else piece.value
            flat[i * step : (i + 1) * step] = np.frombuffer(content, array.dtype)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _count_elements(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Count the elements of a part: whole rows of the first axis."""
    row = max(1, math.prod(shape[1:]))
    return row * max(1, _PART // (row * dtype.itemsize))


def _join_ids(pieces: Sequence[bytes], parts: Mapping[bytes, bytes]) -> tuple[str, ...]:
    return tuple(name for piece in pieces for name in msgspec.msgpack.decode(_get_part(parts, piece), type=list[str]))


def _get_part(parts: Mapping[bytes, bytes], digest: bytes) -> bytes:
    try:
        return parts[digest]
    except KeyError:
        raise StaleCheckpoint(f"part {digest.hex()} of it is not there") from None
