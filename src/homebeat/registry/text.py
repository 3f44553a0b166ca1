"""Reads the text of a fleet file, JSON or YAML, into one plain tree, and finds the line of a place for a fault."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NoReturn

import yaml

from homebeat.domain.errors import BadFleet

#: Where something is in the file: names and list positions from the top.
Place = tuple[str | int, ...]

_PAIR: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_DEEPEST: Final = 20
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


class TableWithRepeats(dict[str, Any]):
    """A table that names a field more than once; `doubled` holds these names."""

    doubled: tuple[str, ...] = ()


def _make_table(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    twice = TableWithRepeats(table)
    names = [name for name, _ in pairs]
    twice.doubled = tuple(sorted({name for name in names if names.count(name) > 1}))
    return twice


class _YamlReader:
    """Reads YAML with the values of JSON: `no`, dates and `12:30` are texts. Anchors and a second document are refused.

    It reads event by event: composing a whole tree overflows the C stack on a text nested some ten thousand levels deep.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def read(self) -> Any:
        """Read the tree, and fill `lines`."""
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        tree = self._read_value(next(self._events), ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _make_refusal(after, "one document is enough")
        return tree

    def _read_value(self, event: yaml.Event, place: Place) -> Any:
        self.lines.setdefault(place, _get_line(event))
        if len(place) > _DEEPEST:
            raise _make_refusal(event, "nested too deeply")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _make_refusal(event, "anchors and aliases are not understood")
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else _parse_scalar(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._read_value(e, (*place, n)) for n, e in enumerate(self._iterate_until(yaml.SequenceEndEvent))]
        return _make_table([self._read_field(e, place) for e in self._iterate_until(yaml.MappingEndEvent)])

    def _read_field(self, key: yaml.Event, place: Place) -> tuple[str, Any]:
        if not isinstance(key, yaml.ScalarEvent):
            raise _make_refusal(key, "a field's name is a text")
        here = (*place, key.value)
        self.lines[here] = _get_line(key)
        return key.value, self._read_value(next(self._events), here)

    def _iterate_until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event


def _get_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _make_refusal(event: yaml.Event, problem: str) -> BadFleet:
    return BadFleet([f"line {_get_line(event)}: not YAML: {problem}"])


def _parse_scalar(text: str) -> Any:
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
            return json.loads(text, object_pairs_hook=_make_table, parse_constant=_refuse_constant)
        return _YamlReader(text).read()
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


def find_lines(text: str, *, is_json: bool) -> dict[Place, int]:
    """Find the line of each place, from 1. Only called when there is a fault to show: it takes longer than reading."""
    if is_json:
        text = _PAIR.sub(_join_surrogates, text)
    tree = _YamlReader(text)
    with contextlib.suppress(yaml.YAMLError, BadFleet):  # JSON that YAML cannot read: use the lines found so far
        tree.read()
    return tree.lines


def _join_surrogates(found: re.Match[str]) -> str:
    """Join the two surrogates that JSON writes for a rare character: YAML does not read them."""
    high, low = int(found[2], 16), int(found[3], 16)
    return found[1] + chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
