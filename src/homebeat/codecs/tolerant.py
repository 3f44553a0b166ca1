"""Decodes JSON as devices write it. What the fast decoder refuses is decoded again here, so that one bad value costs no SOS.

`NaN` and `Infinity` (firmware writes them for a failed sensor) and names given twice get types of their own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from homebeat.codecs.wire import Unreadable
from homebeat.domain.inbound import QuarantineReason

_LONGEST_INT: Final = 18


@dataclass(frozen=True, slots=True)
class NotFinite:
    """A token such as `NaN` in place of a number."""

    token: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """All values of a name that one object gives more than once, in order."""

    values: tuple[object, ...]


def _parse_int(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INT else float(text)


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times: dict[str, list[object]] = {}
    for name, value in pairs:
        times.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else Repeated(tuple(values)) for name, values in times.items()}


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_make_object, parse_constant=NotFinite, parse_int=_parse_int)


def decode_tolerantly(payload: bytes) -> object:
    """Decode JSON, with `NotFinite` and `Repeated` for what JSON does not allow.

    Raises:
        Unreadable: Not UTF-8, not JSON, or nested too deeply.
    """
    try:
        return _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(QuarantineReason.NOT_JSON, f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "nested too deep") from None
    except ValueError as error:
        raise Unreadable(QuarantineReason.NOT_JSON, str(error)[:80]) from None
