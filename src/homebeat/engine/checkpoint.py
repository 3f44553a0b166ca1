"""The engine's state as bytes, and back.

Stored beside the log position that it includes, it lets a restart fold the rest: nothing twice, nothing left out.

Of 100,000 residents that is 280 MB, and two thirds of it are what it was five minutes ago. So it is cut in parts of a megabyte,
each named by a digest of its content: what is stored already is neither copied nor written again, and a start reads one part
at a time.
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
from homebeat.engine.edges import Edges, Held
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.judge import rows_of
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import Batch
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

#: Changes with the meaning of any stored array; an older checkpoint is then not read but folded anew from the readings.
VERSION: Final = "21"

_ROSTER_ARRAYS: Final = (
    "device_household",
    "device_kind",
    "device_since",
    "meter_device",
    "resident_household",
    "resident_since",
)
_ROSTER_IDS: Final = ("household_ids", "resident_ids", "device_ids")
_BATCH: Final = ("device", "metric", "observed_at", "received_at", "value", "mark")


#: Bytes of one part, and ids in one.
_PART: Final = 1 << 20
_IDS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Saved:
    """A state: the head says which parts it is made of.

    Attributes:
        parts: By digest. When saving, those that were not known; when restoring, anything that finds them.
        uses: Every part of the state, known or not.
    """

    head: bytes
    parts: Mapping[bytes, bytes]
    uses: AbstractSet[bytes] = field(default_factory=frozenset)


class _Piece(msgspec.Struct, array_like=True, frozen=True):
    """A stretch of an array: a part, or (with no digest) one value over and over."""

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
    told: dict[int, tuple[int, str]] = {}


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
    """The checkpoint was written by code that meant something else by it; fold the readings anew."""


def save(engine: Engine, known: AbstractSet[bytes] = frozenset()) -> Saved:
    """The engine's whole state.

    Args:
        engine: Whose; it may go on at once, nothing of it is referred to.
        known: Digests of parts that are stored already.
    """
    state, roster, cut = engine.state, engine.roster, _Cut(known)
    waiting = engine.waiting.waiting()
    head = msgspec.msgpack.encode(
        _Head(
            VERSION,
            engine.now,
            engine.listening_at,
            engine.clock_steps,
            (state.timeline.head, state.water.head, state.past.head, state.learned.upto, state.days.upto),
            {name: cut.ids(getattr(roster, name)) for name in _ROSTER_IDS},
            {name: cut.array(getattr(roster, name)) for name in _ROSTER_ARRAYS},
            tuple(int(m) for m in state.latest.tracked),
            {name: {column: cut.array(a) for column, a in feature.arrays().items()} for name, feature in state.features.items()},
            {
                code: _Edges(
                    {r: int(e.phase[r]) for r in e.held},
                    {r: (h.since, h.onset, h.opened_at, h.over_at, h.news_at) for r, h in e.held.items()},
                    e.cleared,
                )
                for code, e in engine.judge.edges.items()
            },
            engine.outages.saved(),
            {name: cut.array(getattr(waiting, name)) for name in _BATCH},
            _blind_of(engine.blind),
        )
    )
    return Saved(head, cut.parts, cut.uses)


def restore(saved: Saved, registry: Fleet | Registry, book: RuleBook, pace: Pace | None = None) -> Engine:
    """The engine as saved, then brought up to the registry and rules of today.

    Raises:
        StaleCheckpoint: Written by another version, or damaged.
    """
    try:
        head = msgspec.msgpack.decode(saved.head, type=_Head)
        if head.version != VERSION or tuple(int(m) for m in Engine(Roster(), book).state.latest.tracked) != head.tracked:
            raise StaleCheckpoint(f"version {head.version}, this is {VERSION}")
        return _restored(head, saved.parts, registry, book, pace)
    except msgspec.MsgspecError as error:
        raise StaleCheckpoint(str(error)) from error


def _restored(head: _Head, parts: Mapping[bytes, bytes], registry: Fleet | Registry, book: RuleBook, pace: Pace | None) -> Engine:
    known: dict[str, Any] = {name: _joined(pieces, parts) for name, pieces in head.ids.items()}
    known |= _Arrays(head.roster, parts)
    roster = Roster(**known).updated(registry, head.now)
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
        code: Edges.of(rows_of(roster, RULES[code].axis), e.phases, {r: Held(*h) for r, h in e.held.items()}, e.cleared)
        for code, e in head.edges.items()
        if code in RULES
    }
    engine.outages.load(head.outages, head.now)
    engine.judge.follow(book, roster, edges)
    blind = engine.blind
    blind.rows = {code: {r: Since(*s) for r, s in rows.items()} for code, rows in head.blind.rows.items() if code in edges}
    blind.homes = {part: {h: Since(*s) for h, s in homes.items()} for part, homes in head.blind.homes.items() if part in PARTS_MS}
    for home, (onset, rules) in head.blind.told.items():
        blind.adopt(home, onset, rules)
    engine.follow(roster, book)
    return engine


def _blind_of(blind: Blindness) -> _Blind:
    return _Blind(
        {code: {r: (s.begun, s.until) for r, s in rows.items()} for code, rows in blind.rows.items()},
        {part: {h: (s.begun, s.until) for h, s in homes.items()} for part, homes in blind.homes.items()},
        {home: (told.onset, told.rules) for home, told in blind.told.items()},
    )


class _Cut:
    """Cuts a state in parts, and keeps a copy of those that are not known."""

    def __init__(self, known: AbstractSet[bytes]) -> None:
        self._known = known
        self.parts: dict[bytes, bytes] = {}
        self.uses: set[bytes] = set()

    def array(self, array: NDArray[Any]) -> _Array:
        """An array along its first axis: of a ring, what was not written to since stays a part of its own."""
        flat, step = np.ascontiguousarray(array).reshape(-1), _step(array.shape, array.dtype)
        pieces = [self._piece(flat[start : start + step]) for start in range(0, len(flat), step)]
        return _Array(array.dtype.str, array.shape, pieces)

    def ids(self, ids: Sequence[str]) -> list[bytes]:
        """Names, so many a part."""
        return [self._part(msgspec.msgpack.encode(ids[start : start + _IDS])) for start in range(0, len(ids), _IDS)]

    def _piece(self, stretch: NDArray[Any]) -> _Piece:
        bits = stretch.view(f"u{stretch.itemsize}")
        if bits[0] == bits[-1] and (bits == bits[0]).all():
            return _Piece(b"", stretch[:1].tobytes())
        return _Piece(self._part(stretch))

    def _part(self, content: bytes | NDArray[Any]) -> bytes:
        digest = sha256(content if isinstance(content, bytes) else content.data).digest()[:16]
        self.uses.add(digest)
        if digest not in self._known and digest not in self.parts:
            self.parts[digest] = content if isinstance(content, bytes) else content.tobytes()
        return digest


class _Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by name, put together when they are asked for: never two of them are in memory twice."""

    def __init__(self, arrays: Mapping[str, _Array], parts: Mapping[bytes, bytes]) -> None:
        self._arrays, self._parts = arrays, parts

    def __getitem__(self, name: str) -> NDArray[Any]:
        saved = self._arrays[name]
        array = np.empty(saved.shape, np.dtype(saved.dtype))
        flat, step = array.reshape(-1), _step(saved.shape, array.dtype)
        for i, piece in enumerate(saved.pieces):
            content = _part_of(self._parts, piece.digest) if piece.digest else piece.value
            flat[i * step : (i + 1) * step] = np.frombuffer(content, array.dtype)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _step(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Elements in a part: whole rows of the first axis."""
    row = max(1, math.prod(shape[1:]))
    return row * max(1, _PART // (row * dtype.itemsize))


def _joined(pieces: Sequence[bytes], parts: Mapping[bytes, bytes]) -> tuple[str, ...]:
    return tuple(name for piece in pieces for name in msgspec.msgpack.decode(_part_of(parts, piece), type=list[str]))


def _part_of(parts: Mapping[bytes, bytes], digest: bytes) -> bytes:
    try:
        return parts[digest]
    except KeyError:
        raise StaleCheckpoint(f"part {digest.hex()} of it is not there") from None
