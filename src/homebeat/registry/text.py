"""The text of a fleet file, JSON or YAML, as one plain tree; and, for a fault, the line on which a place of it stands."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NoReturn

import yaml

from homebeat.domain.errors import BadFleet

#: Where something stands: names and list positions from the top.
Place = tuple[str | int, ...]

_PAIR: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_DEEPEST: Final = 20
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


class Twice(dict[str, Any]):
    """A table that names a field more than once; the names are in `doubled`."""

    doubled: tuple[str, ...] = ()


def _paired(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    twice = Twice(table)
    names = [name for name, _ in pairs]
    twice.doubled = tuple(sorted({name for name in names if names.count(name) > 1}))
    return twice


class _Yaml:
    """YAML, event by event, with JSON's idea of a value: `no`, dates and `12:30` are texts; no anchors, no second document.

    Events, because composing whole trees overflows the C stack on a text that is nested some ten thousand levels deep.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def read(self) -> Any:
        """The tree; `lines` is filled on the way."""
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        tree = self._value(next(self._events), ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refused(after, "one document is enough")
        return tree

    def _value(self, event: yaml.Event, place: Place) -> Any:
        self.lines.setdefault(place, _line(event))
        if len(place) > _DEEPEST:
            raise _refused(event, "nested too deeply")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _refused(event, "anchors and aliases are not understood")
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else _scalar(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(e, (*place, n)) for n, e in enumerate(self._until(yaml.SequenceEndEvent))]
        return _paired([self._field(e, place) for e in self._until(yaml.MappingEndEvent)])

    def _field(self, key: yaml.Event, place: Place) -> tuple[str, Any]:
        if not isinstance(key, yaml.ScalarEvent):
            raise _refused(key, "a field's name is a text")
        here = (*place, key.value)
        self.lines[here] = _line(key)
        return key.value, self._value(next(self._events), here)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _refused(event: yaml.Event, problem: str) -> BadFleet:
    return BadFleet([f"line {_line(event)}: not YAML: {problem}"])


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def read_text(text: str, *, is_json: bool) -> Any:
    """Read a fleet file's text into dicts, lists, texts, numbers, booleans and None.

    Raises:
        BadFleet: It is not JSON or YAML; the line is named.
    """
    try:
        if is_json:
            return json.loads(text, object_pairs_hook=_paired, parse_constant=_refuse_constant)
        return _Yaml(text).read()
    except json.JSONDecodeError as error:
        raise BadFleet([f"line {error.lineno}: not JSON: {error.msg} at column {error.colno}"]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BadFleet([f"line {mark.line + 1 if mark else 1}: not YAML: {error.problem}"]) from None
    except yaml.YAMLError as error:
        raise BadFleet([f"line 1: not YAML: {' '.join(str(error).split())}"]) from None
    except (RecursionError, ValueError) as error:
        raise BadFleet([f"line 1: {'nested too deeply' if isinstance(error, RecursionError) else error}"]) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that a fleet file can hold")


def lines_of(text: str, *, is_json: bool) -> dict[Place, int]:
    """The line of each place, from 1. Made only when there is a fault to show: it takes longer than reading."""
    if is_json:
        text = _PAIR.sub(_one_character, text)
    tree = _Yaml(text)
    with contextlib.suppress(yaml.YAMLError, BadFleet):  # JSON that YAML does not read: what was read so far must do
        tree.read()
    return tree.lines


def _one_character(found: re.Match[str]) -> str:
    """JSON writes a rare character as two halves, which YAML does not read."""
    high, low = int(found[2], 16), int(found[3], 16)
    return found[1] + chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
