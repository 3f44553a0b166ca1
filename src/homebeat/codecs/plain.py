"""Takes the values of a message that need no care: nearly all of them. What is odd is left to the codec.

A codec says once, by name, what a plain value looks like there: a number within what can be true, a flag, a known word. Then each
message is walked through once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from homebeat.codecs.wire import Mark, Readings
from homebeat.domain.metric import PLAUSIBLE, Metric

#: In place of a metric: the value is shown, or is passed over.
SHOWN: Final = -1
SILENT: Final = -2
#: No device measures more, and NaN is no number.
LARGEST: Final = 1e15
_NO_WORDS: Final[Mapping[str, float]] = {}
#: So many names are remembered, none of them longer.
_REMEMBERED: Final = 4_096
_LONGEST_NAME: Final = 64


class Plain(NamedTuple):
    """What a plain value of a name looks like.

    Attributes:
        metric: The number of a metric, `SHOWN`, or `SILENT`.
        shown: The name under which it is shown.
        low: What is smaller needs care, as what is larger than `high`.
        high: See `low`; below `low` where no number is plain.
        unmeasured: Of the other numbers, those that say that nothing was measured.
        is_flag: Whether true and false are plain.
        words: What a text is as a number; no other text is plain.
    """

    metric: int
    shown: str = ""
    low: float = -LARGEST
    high: float = LARGEST
    unmeasured: frozenset[float] = frozenset()
    is_flag: bool = False
    words: Mapping[str, float] = _NO_WORDS


_Row = tuple[int, str, float, float, frozenset[float], bool, Mapping[str, float]]


class Names(dict[str, _Row | tuple[()] | None]):
    """What plain values look like, by name; None for a name all of whose values need care. Each name is worked out once.

    Args:
        describe: Describes the plain values of a name; None where there are none.
    """

    def __init__(self, describe: Callable[[str], Plain | None]) -> None:
        super().__init__()
        self._describe = describe

    def __missing__(self, name: str) -> _Row | tuple[()] | None:
        """Work out a name that was not seen before."""
        plain = self._describe(name)
        # a tuple of no class of its own is unpacked faster; an empty one is nothing to look at
        row: _Row | tuple[()] | None = None if plain is None else () if plain.metric == SILENT else (*plain,)
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(name) <= _LONGEST_NAME:
            self[name] = row
        return row


#: A value that says nothing that anybody needs.
NOTHING: Final = Plain(SILENT)


def describe_number(metric: Metric, low: float = -LARGEST, high: float = LARGEST) -> Plain:
    """Describe a number of ours. What stands for "not measured" inside its range needs care, and so does what is larger."""
    known = PLAUSIBLE[metric]
    least, most = max(known.low, low), min(known.high, high)
    inside = [one - 1 for one in known.unmeasured if least <= one <= most]
    outside = frozenset(one for one in known.unmeasured if low <= one <= high)
    return Plain(int(metric), "", least, min([most, *inside]), outside)


def take_plainly(readings: Readings, found: Mapping[str, object], names: Names, at: int, mark: Mark) -> dict[str, object]:
    """Take what is plain; returns the rest.

    Args:
        readings: Takes it. All of `found` must have room in it: it is not counted here.
        found: Values by name.
        names: What is plain.
        at: Event time of all of it, epoch ms.
        mark: How that time is known.
    """
    metrics, values, extras = readings.metric, readings.value, readings.extras
    rest: dict[str, object] = {}
    before = len(metrics)
    for name, value in found.items():
        row = names[name]
        if not row:
            if row is None:
                rest[name] = value
            continue
        metric, shown, low, high, unmeasured, is_flag, words = row
        kind = value.__class__
        if kind is int or kind is float:
            if low <= value <= high:  # type: ignore[operator]
                if metric >= 0:
                    metrics.append(metric)
                    values.append(value)  # type: ignore[arg-type]
                else:
                    extras.append((shown, at, repr(value)))
            elif value in unmeasured:
                readings.unmeasured += 1
            else:
                rest[name] = value
            continue
        number = (1.0 if value else 0.0) if kind is bool and is_flag else words.get(value) if kind is str else None  # type: ignore[call-overload]
        if number is None:
            rest[name] = value
        elif metric >= 0:
            metrics.append(metric)
            values.append(number)
        else:
            extras.append((shown, at, repr(value) if kind is not bool else "true" if value else "false"))
    count = len(metrics) - before
    if count:
        readings.at += [at] * count
        readings.mark += [+mark] * count
    return rest
