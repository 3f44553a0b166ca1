"""The engine's state as bytes, and back.

Stored beside the log position that it includes, it lets a restart fold the rest: nothing twice, nothing left out.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from homebeat.domain.fleet import Fleet
from homebeat.engine.edges import Edges, Held
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.judge import rows_of
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import Batch
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

#: Changes with the meaning of any stored array; an older checkpoint is then not read but folded anew from the readings.
VERSION: Final = "4"

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


class _Array(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    content: bytes


class _Edges(msgspec.Struct, array_like=True, frozen=True):
    phases: dict[int, int]
    held: dict[int, tuple[int, int, int, int]]
    cleared: dict[int, int]


class _Saved(msgspec.Struct, frozen=True):
    version: str
    now: int
    listening_at: int
    heads: tuple[int, int, int, int]
    ids: dict[str, tuple[str, ...]]
    roster: dict[str, _Array]
    tracked: tuple[int, ...]
    features: dict[str, dict[str, _Array]]
    edges: dict[str, _Edges]
    waiting: dict[str, _Array]


class StaleCheckpoint(Exception):
    """The checkpoint was written by code that meant something else by it; fold the readings anew."""


def save(engine: Engine) -> bytes:
    """The engine's whole state."""
    state, roster = engine.state, engine.roster
    waiting = engine.waiting.waiting()
    return msgspec.msgpack.encode(
        _Saved(
            VERSION,
            engine.now,
            engine.listening_at,
            (state.timeline.head, state.water.head, state.past.head, state.learned.upto),
            {name: tuple(getattr(roster, name)) for name in _ROSTER_IDS},
            {name: _pack(getattr(roster, name)) for name in _ROSTER_ARRAYS},
            tuple(int(m) for m in state.latest.tracked),
            {name: {column: _pack(a) for column, a in feature.arrays().items()} for name, feature in state.features.items()},
            {
                code: _Edges(
                    {r: int(e.phase[r]) for r in e.held},
                    {r: (h.since, h.onset, h.opened_at, h.over_at) for r, h in e.held.items()},
                    e.cleared,
                )
                for code, e in engine.judge.edges.items()
            },
            {name: _pack(getattr(waiting, name)) for name in _BATCH},
        )
    )


def restore(content: bytes, registry: Fleet | Registry, book: RuleBook, pace: Pace | None = None) -> Engine:
    """The engine as saved, then brought up to the registry and rules of today.

    Raises:
        StaleCheckpoint: Written by another version, or damaged.
    """
    try:
        saved = msgspec.msgpack.decode(content, type=_Saved)
    except msgspec.MsgspecError as error:
        raise StaleCheckpoint(str(error)) from error
    if saved.version != VERSION or tuple(int(m) for m in Engine(Roster(), book).state.latest.tracked) != saved.tracked:
        raise StaleCheckpoint(f"version {saved.version}, this is {VERSION}")
    arrays: dict[str, Any] = {name: _unpack(array) for name, array in saved.roster.items()}
    ids: dict[str, Any] = dict(saved.ids)
    known = Roster(**ids, **arrays)
    roster = known.updated(registry, saved.now)
    engine = Engine(roster, book, pace)
    try:
        for name, feature in engine.state.features.items():
            feature.load({column: _unpack(a) for column, a in saved.features[name].items()})
    except (KeyError, ValueError) as error:
        raise StaleCheckpoint(str(error)) from error
    state = engine.state
    state.timeline.head, state.water.head, state.past.head, state.learned.upto = saved.heads
    engine.now, engine.listening_at = saved.now, saved.listening_at
    engine.waiting.hold(Batch(**{name: _unpack(saved.waiting[name]) for name in _BATCH}))
    edges = {
        code: Edges.of(rows_of(roster, RULES[code].axis), e.phases, {r: Held(*h) for r, h in e.held.items()}, e.cleared)
        for code, e in saved.edges.items()
        if code in RULES
    }
    engine.judge.follow(book, roster, edges)
    engine.follow(roster, book)
    return engine


def _pack(array: NDArray[Any]) -> _Array:
    return _Array(array.dtype.str, array.shape, array.tobytes())


def _unpack(saved: _Array) -> NDArray[Any]:
    """A view that cannot be written to: features copy what they load."""
    return np.frombuffer(saved.content, np.dtype(saved.dtype)).reshape(saved.shape)
