"""Unfolds what decoders of LoRaWAN devices put into groups: values inside of others, with their unit beside them, or in lists.

What comes out has a name of its own and a plain value, as if the decoder had written it so. What nothing explains stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from homebeat.codecs.fields import TOTALS, NamedValue
from homebeat.domain.metric import Metric

#: Groups whose values are those of the device. Names of settings, limits and of what was are not among them.
_GROUPS: Final = frozenset({"decoded", "decodeddata", "payload", "data", "values", "sensor", "sensors", "telemetry",
                            "readings", "reading", "meter", "watermeter", "supervisory", "status", "state", "flags"})  # fmt: skip
#: A group of flags: of these only alarms and states of a meter are taken out.
_ALARMS: Final = "alarms"
_DEEPEST: Final = 2
#: What stands beside a value and says how it is written.
_BESIDE: Final = frozenset({"value", "unit", "units", "displayname", "label", "name"})
#: What a sensor's own event is called inside of it.
_EVENTS: Final = ("state", "status", "event")
_MEANT: Final = {"water": "leak"}
_QUANTITY: Final = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,9})?) ?([^0-9\s.,:;/-][^0-9\s]{0,11}|m3|ft3)")
_LOW_BATTERY: Final = re.compile(r"([0-9](?:\.[0-9]{1,3})?) ?\(low battery\)")
_BATTERY_WORDS: Final = {"ok": False, "good": False, "normal": False, "low": True, "low_battery": True, "lowbattery": True}
_BATTERIES: Final = frozenset({"battery", "bat"})
#: The name under which a total in a unit is read.
_VOLUMES: Final = {
    **dict.fromkeys(("m3", "m³", "m^3", "cbm"), "volume_m3"),
    **dict.fromkeys(("l", "litre", "litres", "liter", "liters", "ltr", "dm3", "dm³"), "volume_l"),
}
_PER_CENT: Final = "%"
_VOLTS: Final = "v"
_DEGREES: Final = frozenset({"°c", "℃", "c"})
_NAMING: Final = ("type", "name", "parameter", "quantity")
_TIMES: Final = ("timestamp", "time", "date")
_MOST_NAMED: Final = 1_000


def needs_unfolding(rest: Mapping[str, object]) -> bool:
    """Whether a value may hold others, or its unit."""
    for name, value in rest.items():
        kind = value.__class__
        if kind is dict or (kind is str and value and (value[0].isdigit() or name[-4:] == "unit" or name[:3] in {"bat", "Bat"})):  # type: ignore[index]
            return True
    return False


def unfold(
    rest: Mapping[str, object], found: Mapping[str, object], find: Callable[[str], NamedValue | None]
) -> dict[str, object]:
    """Unfold values.

    Args:
        rest: Those that may need it.
        found: The whole object.
        find: Finds what the decoder means by a name.
    """
    unfolded: dict[str, object] = {}
    for name, value in rest.items():
        for inner, each in _unfold(name, value, find):
            unfolded.setdefault(inner, each)
        if isinstance(value, str) and tidy(name).endswith(("unit", "units")):
            for inner, each in _read_total(name, value, found):
                unfolded.setdefault(inner, each)
    return unfolded


def tidy(name: str) -> str:
    """Write a name in small letters, without what only separates its words."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def _unfold(name: str, value: object, find: Callable[[str], NamedValue | None], depth: int = 0) -> Iterator[tuple[str, object]]:
    if isinstance(value, str):
        yield from _read_text(name, value, find)
    elif not isinstance(value, dict) or depth >= _DEEPEST:
        yield name, value
    elif tidy(name) in _GROUPS and not _is_wrapped(value):
        for inner, each in value.items():
            yield from _unfold(inner, each, find, depth + 1)
    elif tidy(name) == _ALARMS:
        flags = {inner: each for inner, each in value.items() if _is_flag(find(inner))}
        yield from flags.items()
        if len(flags) < len(value):
            yield name, {inner: each for inner, each in value.items() if inner not in flags}
    else:
        yield from _unwrap(name, value, find)


def _is_flag(meant: NamedValue | None) -> bool:
    return meant is not None and isinstance(meant.target, Metric) and (meant.target.is_alarm or bool(meant.state))


def _is_wrapped(value: Mapping[str, object]) -> bool:
    names = {tidy(name) for name in value}
    return "value" in names and names <= _BESIDE


def _unwrap(name: str, value: Mapping[str, object], find: Callable[[str], NamedValue | None]) -> Iterator[tuple[str, object]]:
    """Take a value, or an event, out of the object that it stands in, where the object's name says what it is."""
    inside = {tidy(inner): each for inner, each in value.items()}
    if _is_wrapped(value):
        unit = inside.get("unit", inside.get("units"))
        if unit is None or unit == "":
            yield (name, inside["value"]) if find(name) is not None else (name, value)
            return
        named = _name_by_unit(name, unit, find) if isinstance(unit, str) else None
        yield (name, value) if named is None else (named, inside["value"])
        return
    event = next((inside[one] for one in _EVENTS if isinstance(inside.get(one), str | bool)), None)
    meant = _MEANT.get(tidy(name), name)
    known = find(meant)
    if event is not None and known is not None and known.words:
        yield meant, event
        yield f"{name}_rest", {inner: each for inner, each in value.items() if each is not event}
    else:
        yield name, value


def _read_text(name: str, text: str, find: Callable[[str], NamedValue | None]) -> Iterator[tuple[str, object]]:
    low = _LOW_BATTERY.fullmatch(text)
    if low is not None and find(name) is not None:
        yield name, float(low[1])
        yield "battery_low", True
        return
    quantity = _QUANTITY.fullmatch(text.strip())
    named = None if quantity is None else _name_by_unit(name, quantity[2], find)
    if quantity is not None and named is not None:
        yield named, float(quantity[1])
    else:
        yield name, text
    if tidy(name) == "batterystatus" and (word := text.strip().lower().replace(" ", "_")) in _BATTERY_WORDS:
        yield "battery_low", _BATTERY_WORDS[word]


def _name_by_unit(name: str, unit: str, find: Callable[[str], NamedValue | None]) -> str | None:
    """Find the name under which a value in this unit is read; None where it is none of ours."""
    small, plain = unit.strip().lower(), tidy(name)
    if plain in TOTALS:
        return _VOLUMES.get(small)
    if plain in _BATTERIES:
        return "battery_pct" if small == _PER_CENT else "battery_voltage" if small == _VOLTS else None
    meant = find(name)
    target = None if meant is None or meant.factor != 1 else meant.target
    if small == _PER_CENT:
        fits = target is Metric.BATTERY_PCT or target == "humidity_pct"
    elif small == _VOLTS:
        fits = target == "battery_voltage_v"
    else:
        fits = small in _DEGREES and isinstance(target, str) and target.endswith("temperature_c")
    return name if fits else None


def _read_total(name: str, unit: str, found: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Read the total whose unit stands beside it: `volume` by `volume_unit`, or by `unit` where there is one total only."""
    named = _VOLUMES.get(unit.strip().lower())
    of = tidy(name).removesuffix("s").removesuffix("unit")
    totals = [one for one in found if tidy(one) in TOTALS and (not of or tidy(one) == of)]
    if named is not None and len(totals) == 1 and isinstance(found[totals[0]], int | float):
        yield named, found[totals[0]]


def group_named(value: object) -> list[tuple[object, dict[str, object]]] | None:
    """Group a list of named values (`Type`, `Value`, `Unit`, `Timestamp`) by time, the newest first; None if it is none."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_NAMED:
        return None
    groups: dict[str, tuple[object, dict[str, object]]] = {}
    for entry in value:
        inside = {tidy(name): each for name, each in entry.items()} if isinstance(entry, dict) else {}
        name = next((inside[one] for one in _NAMING if isinstance(inside.get(one), str)), None)
        if not isinstance(name, str) or "value" not in inside:
            return None
        time = next((inside[one] for one in _TIMES if one in inside), None)
        unit = inside.get("unit")
        named = _VOLUMES.get(unit.strip().lower()) if isinstance(unit, str) and tidy(name) in TOTALS else None
        groups.setdefault(repr(time), (time, {}))[1].setdefault(named or name, inside["value"])
    return [groups[time] for time in sorted(groups, reverse=True)]
