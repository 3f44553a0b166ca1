"""Opens messages of Sparkplug B (version 3.0): nodes, and devices behind them, that say at birth what they have.

Data may name a metric by a number alone (`alias`), whose meaning the birth has said. So births are remembered. Where one is
missing nothing is read, but a call for help that names itself, and the node is asked for its births (`Node Control/Rebirth`):
nothing else is ever sent to one.

A metric is ours where the last part of its name is: `Tap/volume_m3`, `steps`, `Flat 3/alarm_sos`. All others are shown and not
judged. What stands in a birth is how things are, not what just happened: movements and presses are left out of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import msgspec

from homebeat.codecs.envelope import Format, Rebirth, Report
from homebeat.codecs.plain import describe_number
from homebeat.codecs.reports import hear, put, show, take_number
from homebeat.codecs.times import place_time
from homebeat.codecs.values import ALARM, NAMED, add_fault, format_value, take
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import PLAUSIBLE, Metric, Shape

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from google.protobuf.message import DecodeError

    HAS_PROTOBUF = True
except ImportError:  # the package of the extra is not there
    HAS_PROTOBUF = False

NAME: Final = "sparkplug"
TOPICS: Final = ("spBv1.0/+/+/+", "spBv1.0/+/+/+/+")
#: What is said where the package is missing.
MISSING: Final = "Sparkplug needs a package that is not installed: pip install 'homebeat[sparkplug]'"

_NAMESPACE: Final = "spBv1.0"
_REBIRTH: Final = "Node Control/Rebirth"
_BIRTHS: Final = frozenset({"NBIRTH", "DBIRTH"})
_DEATHS: Final = frozenset({"NDEATH", "DDEATH"})
_READ: Final = _BIRTHS | _DEATHS | {"NDATA", "DDATA"}
#: Metrics of the node itself: its controls, its properties, and the number of its birth.
_OF_THE_NODE: Final = ("bdSeq", "Node Control/", "Device Control/", "Properties/", "Node Info/")
#: Fields of whole numbers, whose sign says the type.
_WHOLE: Final = frozenset({"int_value", "long_value"})
_BD_SEQ: Final = b"bdSeq"
#: Values by the number of their type: those that are signed, with the bits of the field that they come in.
_SIGNED: Final = {1: 32, 2: 32, 3: 32, 4: 64}
_BOOLEAN: Final = 11
_DATE_TIME: Final = 13
_TYPES_THAT_MATTER: Final = frozenset({*_SIGNED, _DATE_TIME})
_NAMED_RAW: Final = {one.name.lower(): int(one) for one in Raw}
_FIRST_RAW: Final = min(map(int, Raw))
#: Numbers of ours that a node may write as true and false.
_COUNTS: Final = frozenset(int(one) for one, plausible in PLAUSIBLE.items() if plausible.shape is Shape.NUMBER)
_MOST_PULSES: Final = 2**53
#: What happens at one moment. A birth only repeats it.
_EVENTS: Final = frozenset({int(Metric.MOTION), int(Raw.PRESS)})
#: A node is asked for its births at most this often.
_ASK_EVERY_MS: Final = 60_000
#: So many nodes and devices are remembered; the oldest is forgotten first, and asked for its birth again.
_REMEMBERED: Final = 20_000
#: So many births and deaths of each: a message that the watch reads again is older than the last of them.
_KEPT: Final = 4
_SEQUENCE: Final = 256
_LONGEST_NAME: Final = 256

#: Fields of the messages, by the definition of the specification (`sparkplug_b.proto` of Eclipse Tahu): our name, number, type.
#: Texts are taken as bytes, as devices send some that are no UTF-8.
_PAYLOAD_FIELDS: Final = (("at", 1, "UINT64"), ("metrics", 2, "MESSAGE"), ("seq", 3, "UINT64"))
_METRIC_FIELDS: Final = (
    ("name", 1, "BYTES"), ("alias", 2, "UINT64"), ("at", 3, "UINT64"), ("datatype", 4, "UINT32"),
    ("is_historical", 5, "BOOL"), ("is_null", 7, "BOOL"),
)  # fmt: skip
_VALUE_FIELDS: Final = (
    ("int_value", 10, "UINT32"), ("long_value", 11, "UINT64"), ("float_value", 12, "FLOAT"), ("double_value", 13, "DOUBLE"),
    ("boolean_value", 14, "BOOL"), ("string_value", 15, "BYTES"),
)  # fmt: skip


def make_format() -> Format:
    """Make the format, with a memory of its own. Without the package of its extra it refuses every message, and says why."""
    if not HAS_PROTOBUF:
        return Format(NAME, TOPICS, _refuse)
    nodes = Nodes(_make_payload_class())
    return Format(NAME, TOPICS, nodes.open_message, take_rebirths=nodes.take_rebirths, asks_on=(f"{_NAMESPACE}/+/NCMD/+",))


def _refuse(_topic: str, _payload: bytes, _received_at: int, _limits: Limits) -> Sequence[Report]:
    raise Unreadable(QuarantineReason.WRONG_SHAPE, MISSING)


@cache
def _make_payload_class() -> Callable[[], Any]:
    """Make the class of Sparkplug payloads, with the fields that are read."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="homebeat/sparkplug.proto", package="homebeat.sparkplug", syntax="proto2")
    metric, payload = file.message_type.add(name="Metric"), file.message_type.add(name="Payload")
    metric.oneof_decl.add(name="value")
    for message, fields in ((payload, _PAYLOAD_FIELDS), (metric, (*_METRIC_FIELDS, *_VALUE_FIELDS))):
        for name, number, kind in fields:
            is_list = kind == "MESSAGE"
            one = message.field.add(name=name, number=number, type=getattr(kinds, f"TYPE_{kind}"))
            one.label = kinds.LABEL_REPEATED if is_list else kinds.LABEL_OPTIONAL
            if is_list:
                one.type_name = ".homebeat.sparkplug.Metric"
            if (name, number, kind) in _VALUE_FIELDS:
                one.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found: Callable[[], Any] = message_factory.GetMessageClass(pool.FindMessageTypeByName("homebeat.sparkplug.Payload"))
    return found


class _Born(msgspec.Struct, frozen=True):
    """What a birth said, or that a death ended it.

    Attributes:
        at: Arrival, epoch ms.
        number: `bdSeq` of a node's birth.
        names: Of each metric, by its alias.
        types: Number of the type of each signed metric and each time, by its whole name.
    """

    at: int
    number: int | None = None
    names: dict[int, _Name] = {}
    types: dict[str, int] = {}
    is_alive: bool = True


class _Births:
    """The last births and deaths of nodes and devices, each valid from its arrival on: messages may be read again."""

    def __init__(self) -> None:
        self._of: dict[str, list[_Born]] = {}

    def note(self, name: str, born: _Born) -> None:
        known = self._of.get(name)
        if known is None:
            if len(self._of) >= _REMEMBERED:
                self._of.pop(next(iter(self._of)))
            known = self._of[name] = []
        if not known or born.at >= known[-1].at:
            known.append(born)
            del known[:-_KEPT]

    def find(self, name: str, at: int) -> _Born | None:
        """The birth or death that holds at a moment; None where none is known."""
        known = self._of.get(name, ())
        if known and known[-1].at <= at:
            return known[-1]  # nearly always
        return next((one for one in reversed(known) if one.at <= at), None)

    def list_devices(self, node: str, at: int) -> list[str]:
        """List the devices of a node that live at a moment."""
        those = (name for name in self._of if name.startswith(f"{node}/"))
        return [name for name in those if (born := self.find(name, at)) is not None and born.is_alive]


@dataclass(frozen=True, slots=True)
class _Name:
    """What the name of a metric says.

    Attributes:
        number: Of the metric of ours, or the raw one, that it is; -1 for none.
        last: The last part of the name, as it is on our wire.
        whole: All of it, as it is shown.
        is_silent: It is about the node itself.
        is_alarm: Its value may be a call for help.
        is_event: It happens at one moment.
        is_count: A number of ours, which a node may write as true and false.
        flag: The metric of ours that is true or false; None for every other.
        metric: The metric of ours.
        plain: Of a number or a flag of ours, its number, the least and the largest plain value, and whether it is a flag; None
            where every value needs care.
    """

    number: int
    last: str
    whole: str
    is_silent: bool
    is_alarm: bool
    is_event: bool
    is_count: bool
    flag: Metric | None
    metric: Metric | None
    plain: tuple[int, float, float, bool] | None


@lru_cache(maxsize=10_000)
def _read_topic(topic: str) -> tuple[str, str, str]:
    """Read the kind of a message, its node, and who speaks: the node or a device of it. All are empty where it is of no node."""
    levels = topic.split("/")
    first = levels.index(_NAMESPACE) + 1 if _NAMESPACE in levels else 0
    group, kind, *names = levels[first:] if len(levels) > first + 2 else ("", "")
    return (kind, f"{group}/{names[0]}", "/".join([group, *names])) if group and names[0] else ("", "", "")


def _read_name(name: bytes) -> _Name:
    return _read_short_name(name[:_LONGEST_NAME])


@lru_cache(maxsize=10_000)
def _read_short_name(name: bytes) -> _Name:
    text = name.decode("utf-8", "replace")
    last = _tidy(text.rpartition("/")[2])
    metric = NAMED.get(last)
    number = _NAMED_RAW.get(last, -1) if metric is None else int(metric)
    is_alarm = last == ALARM or Metric.ALARM_SOS <= number < _FIRST_RAW
    is_silent = text.startswith(_OF_THE_NODE)
    flag = metric if metric is not None and metric in PLAUSIBLE and PLAUSIBLE[metric].shape is Shape.BOOLEAN else None
    is_count = number in _COUNTS
    plain = None
    if metric is not None and not (is_silent or is_alarm) and (is_count or flag is not None):
        known = describe_number(metric)
        plain = number, known.low, known.high, not is_count
    return _Name(number, last, _tidy(text) or "?", is_silent, is_alarm, number in _EVENTS, is_count, flag, metric, plain)


def _tidy(text: str) -> str:
    """Write a name in small letters, with `_` between its words."""
    return re.sub(r"[^0-9a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()).strip("_")[:64]


class Nodes:
    """Opens the messages of all nodes of one watch."""

    def __init__(self, make_payload: Callable[[], Any]) -> None:
        self._make_payload = make_payload
        self._births = _Births()
        self._sequence: dict[str, tuple[int, int]] = {}  # by node: the last number, and when it came
        self._asked_at: dict[str, int] = {}
        self._waiting: dict[str, int] = {}

    def open_message(self, topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
        """Open a message; arguments and errors as `codecs.envelope.Open`."""
        kind, node, name = _read_topic(topic)
        if kind not in _READ:
            return []  # commands, and what hosts say of themselves
        if len(payload) > limits.max_payload_bytes:
            raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
        found = self._make_payload()
        try:
            found.ParseFromString(payload)
        except DecodeError:
            raise Unreadable(QuarantineReason.WRONG_SHAPE, "not a payload of Sparkplug B") from None
        if kind == "NDEATH":
            return self._open_node_death(node, found, received_at, limits)
        self._follow_sequence(node, kind, found, received_at)
        if kind == "DDEATH":
            self._births.note(name, _Born(received_at, is_alive=False))
            return [_make_online(name, 0.0, received_at, Mark.UNTIMED)]
        if kind in _BIRTHS:
            self._note_birth(name, found, received_at)
        return [self._open_values(node, name, found, received_at, limits, is_birth=kind in _BIRTHS)]

    def take_rebirths(self, most: int) -> Sequence[Rebirth]:
        """Take the requests for births that are due, at most so many."""
        taken = list(self._waiting.items())[:most]
        for node, _ in taken:
            del self._waiting[node]
        return [self._make_rebirth(node, at) for node, at in taken]

    def _make_rebirth(self, node: str, at: int) -> Rebirth:
        group, _, name = node.partition("/")
        asked = self._make_payload()
        asked.at = at
        asked.metrics.add(name=_REBIRTH.encode(), at=at, datatype=_BOOLEAN, boolean_value=True)
        return Rebirth(f"{_NAMESPACE}/{group}/NCMD/{name}", asked.SerializeToString())

    def _ask(self, node: str, at: int) -> None:
        """Ask a node for its births, unless it was asked just now."""
        last = self._asked_at.pop(node, None)
        if last is not None and at - last < _ASK_EVERY_MS:
            self._asked_at[node] = last
            return
        while len(self._asked_at) >= _REMEMBERED:
            self._asked_at.pop(next(iter(self._asked_at)))
        self._asked_at[node] = at
        if len(self._waiting) < _REMEMBERED:
            self._waiting[node] = at

    def _follow_sequence(self, node: str, kind: str, found: Any, at: int) -> None:
        """Look for a message that is missing: what it said is in the births."""
        number = found.seq % _SEQUENCE
        last = self._sequence.get(node)
        if last is not None:
            before, then = last
            if at < then or (at == then and number == before):
                return  # a message that is read again
            if number != (before + 1) % _SEQUENCE and kind != "NBIRTH":
                self._ask(node, at)
        elif len(self._sequence) >= _REMEMBERED:
            self._sequence.pop(next(iter(self._sequence)))
        self._sequence[node] = number, at

    def _note_birth(self, name: str, found: Any, at: int) -> None:
        names: dict[int, _Name] = {}
        types: dict[str, int] = {}
        for one in found.metrics:
            metric, alias, kind = _read_name(one.name), one.alias, one.datatype
            if alias or one.HasField("alias"):
                names[alias] = metric
            if kind in _TYPES_THAT_MATTER:
                types[metric.whole] = kind
        self._births.note(name, _Born(at, _find_birth_number(found), names, types))

    def _open_node_death(self, node: str, found: Any, at: int, limits: Limits) -> Sequence[Report]:
        """Open a node's last will: its time is that of the connection, and one of an older birth is void."""
        born = self._births.find(node, at)
        number = _find_birth_number(found)
        if born is not None and born.number is not None and number != born.number:
            return []
        names = [node, *self._births.list_devices(node, at)[: limits.max_reports - 1]]
        for name in names:
            self._births.note(name, _Born(at, number, is_alive=False))
        return [_make_online(name, 0.0, at, Mark.UNTIMED) for name in names]

    def _open_values(self, node: str, name: str, found: Any, received_at: int, limits: Limits, *, is_birth: bool) -> Report:
        readings = Readings()
        born = self._births.find(name, received_at)
        if born is None or not born.is_alive:
            self._ask(node, received_at)
            hear(readings, _list_named(found, limits), received_at)
            add_fault(readings, QuarantineReason.WRONG_SHAPE, name, "its birth has not come yet: it is asked for")
            return Report(name, readings)
        listed = found.metrics
        if len(listed) > limits.max_readings:
            raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(listed)} metrics")
        left: dict[str, object] = {}
        whole_at, names, types = found.at, born.names, born.types
        for one in _take_plainly(readings, listed, names, whole_at, received_at, limits, is_birth=is_birth):
            metric = _find_name(one, names)
            if metric is None:
                self._ask(node, received_at)
                add_fault(readings, QuarantineReason.WRONG_SHAPE, f"alias {one.alias}", "no birth has named it")
            elif not metric.is_silent and not (is_birth and metric.is_event):
                place = _place(one, metric, whole_at, received_at, limits, readings, is_birth=is_birth)
                value = _read_value(one, metric, types)
                if place is not None and _take_value(readings, metric, value, place[0], place[1], limits):
                    left[metric.last] = value
        hear(readings, left, received_at)
        judged = bool(readings.metric)
        if is_birth or not judged:
            at, mark = _place_whole(found.at, received_at, limits)
            put(readings, Metric.ONLINE, 1.0, at, mark)
        return Report(name, readings, is_optional=not (judged or readings.faults))


def _take_plainly(
    readings: Readings, listed: Any, names: dict[int, _Name], whole_at: int, received_at: int, limits: Limits, *, is_birth: bool
) -> list[Any]:
    """Take what needs no care: numbers and flags of now, and what was not measured. Returns the other metrics."""
    rest: list[Any] = []
    metrics, times, values = readings.metric, readings.at, readings.value
    oldest = received_at - limits.behind_ms
    for one in listed:
        own, alias = one.name, one.alias
        name = _read_name(own) if own else names.get(alias) if alias or one.HasField("alias") else None
        if name is None or name.plain is None or (is_birth and name.is_event):
            rest.append(one)
            continue
        at = one.at or whole_at
        if not oldest <= at <= received_at:
            rest.append(one)
            continue
        if one.is_null:
            readings.unmeasured += 1
            continue
        number, low, high, is_flag = name.plain
        # a value that is not zero is of the field that is read; only of zero has to be asked whether it is there
        if is_flag:
            value = 1.0 if one.boolean_value else 0.0
            is_plain = value or one.HasField("boolean_value")
        else:
            value = one.double_value
            is_plain = low <= value <= high and (value or one.HasField("double_value"))
        if is_plain:
            metrics.append(number)
            times.append(at)
            values.append(value)
        else:
            rest.append(one)
    readings.mark += [0] * (len(metrics) - len(readings.mark))
    return rest


def _find_birth_number(found: Any) -> int | None:
    return next((int(one.long_value or one.int_value) for one in found.metrics if one.name == _BD_SEQ), None)


def _make_online(name: str, connected: float, at: int, mark: Mark) -> Report:
    readings = Readings()
    put(readings, Metric.ONLINE, connected, at, mark)
    return Report(name, readings, is_optional=True)


def _list_named(found: Any, limits: Limits) -> dict[str, object]:
    """List what names itself in a message that cannot be explained."""
    those = [(one, _read_name(one.name)) for one in found.metrics[: limits.max_extras] if one.name]
    return {metric.last: _read_value(one, metric, {}) for one, metric in those}


def _find_name(one: Any, names: dict[int, _Name]) -> _Name | None:
    name = one.name
    if name:
        return _read_name(name)
    alias = one.alias
    return names.get(alias) if alias or one.HasField("alias") else None


def _place(
    one: Any, metric: _Name, whole_at: int, received_at: int, limits: Limits, readings: Readings, *, is_birth: bool
) -> tuple[int, Mark] | None:
    """Place a metric in time: by its own, by that of the message, or by arrival. None where it is too old, or lies ahead.

    No alarm is refused for its time.
    """
    at = one.at or whole_at
    if received_at - limits.behind_ms <= at <= received_at:
        return at, Mark.NONE  # nearly always
    place = place_time(at, received_at, limits, listed=is_birth or one.is_historical) if at else (received_at, Mark.UNTIMED)
    if place is None:
        add_fault(readings, QuarantineReason.ABSURD_TIME, metric.whole, str(at))
    return (received_at, Mark.CLOCK_CORRECTED) if place is None and metric.is_alarm else place


def _place_whole(at: int, received_at: int, limits: Limits) -> tuple[int, Mark]:
    place = place_time(at, received_at, limits, listed=False) if at else None
    return place or (received_at, Mark.UNTIMED)


def _read_value(one: Any, metric: _Name, types: dict[str, int]) -> object:
    """Read a value; None where there is none, or one of a form that nobody shows."""
    field_name = None if one.is_null else one.WhichOneof("value")
    if field_name is None:
        return None
    value = getattr(one, field_name)
    if field_name == "string_value":
        return value.decode("utf-8", "replace")
    if field_name not in _WHOLE:
        return value
    kind = one.datatype or types.get(metric.whole, 0)
    bits = _SIGNED.get(kind)
    if bits is not None and value >> (bits - 1):
        return value - (1 << bits)
    return None if kind == _DATE_TIME else value


def _take_value(readings: Readings, name: _Name, value: object, at: int, mark: Mark, limits: Limits) -> bool:
    """Take a value; returns whether it is nothing of ours, and may be a call for help that nobody explains."""
    number = name.number
    if value is None or (name.is_alarm and value == ""):  # a birth has to give each metric a value
        readings.unmeasured += 1
    elif name.flag is not None and isinstance(value, bool):
        put(readings, name.flag, float(value), at, mark)
    elif number >= _FIRST_RAW:
        if isinstance(value, int | float) and 0 <= value < _MOST_PULSES:
            put(readings, Raw(number), float(value), at, mark)
        else:
            add_fault(readings, QuarantineReason.WRONG_TYPE, name.whole, format_value(value))
    elif name.is_count and name.metric is not None and not isinstance(value, bool):
        take_number(readings, name.metric, value, at, mark, limits)
    elif number >= 0 or name.is_alarm:
        take(readings, name.last, int(value) if name.is_count and isinstance(value, bool) else value, at, mark, limits)
    else:
        show(readings, name.whole, value, at, limits)
        return True
    return False
