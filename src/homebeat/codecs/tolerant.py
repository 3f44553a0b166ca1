"""JSON as devices write it: what the fast reader refuses is read again here, so that one bad value does not cost an SOS.

Kept apart from true values are `NaN` and `Infinity` (firmware prints them for a failed sensor) and names given twice.
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
    """A token such as `NaN` where a number belongs."""

    token: str


@dataclass(frozen=True, slots=True)
class Twice:
    """All values of a name that one object gives more than once, in order."""

    values: tuple[object, ...]


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INT else float(text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times: dict[str, list[object]] = {}
    for name, value in pairs:
        times.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else Twice(tuple(values)) for name, values in times.items()}


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=NotFinite, parse_int=_integer)


def tolerant(payload: bytes) -> object:
    """The JSON value of `payload`, with `NotFinite` and `Twice` where it is odd.

    Raises:
        Unreadable: Not UTF-8, not JSON, or nested beyond any sense.
    """
    try:
        return _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(QuarantineReason.NOT_JSON, f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "nested too deep") from None
    except ValueError as error:
        raise Unreadable(QuarantineReason.NOT_JSON, str(error)[:80]) from None
