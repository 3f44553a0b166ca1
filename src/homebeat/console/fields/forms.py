"""Reads the form of a map of fields."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from homebeat.actions.field_map_trial import LONGEST_SAMPLE
from homebeat.codecs.mapped import list_places, read_records
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.wire import Unreadable
from homebeat.domain.field_map import MOST_FIELDS, FieldMap, MappedField, MapSpec, TimeForm

_ROW: Final = re.compile(r"fields\[(\d{1,3})\]\.pointer")


@dataclass(frozen=True, slots=True)
class TypedMap:
    """What was typed into the form of a map; texts as they came."""

    name: str = ""
    topic: str = ""
    device: str = ""
    at: str = ""
    time_form: str = TimeForm.ISO.value
    records: str = ""
    sample: str = ""
    version: int = 0
    fields: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The places of a sample; `fault` where it is no message of which a map could be made."""

    places: Sequence[tuple[str, object]] = ()
    lists: Sequence[str] = ()
    fault: str = ""
    levels: Sequence[str] = field(default=())


def read_typed_map(typed: Mapping[str, str]) -> TypedMap:
    """Read what was typed, as texts."""
    places = sorted(int(hit[1]) for name in typed if (hit := _ROW.fullmatch(name)))
    rows = [
        {name: typed.get(f"fields[{at}].{name}", "").strip() for name in ("pointer", "target", "factor", "offset", "when")}
        for at in places[: 2 * MOST_FIELDS]
    ]
    texts = {name: typed.get(name, "").strip() for name in ("name", "topic", "device", "at", "time_form", "records", "sample")}
    version = typed.get("version", "0")
    return TypedMap(**texts, version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0, fields=rows)


def show_map(found: FieldMap, sample: str = "") -> TypedMap:
    """Show a stored map as the form would have it; one out of use as it was."""
    spec = found.spec or found.before
    if spec is None:
        return TypedMap(found.name, version=found.version, sample=sample)
    rows = [
        {
            "pointer": one.pointer,
            "target": one.target,
            "factor": "" if one.factor == 1.0 else f"{one.factor:.12g}",
            "offset": f"{one.offset:.12g}" if one.offset else "",
            "when": ", ".join(one.when),
        }
        for one in spec.fields
    ]
    return TypedMap(found.name, spec.topic, spec.device, spec.at, spec.time_form.value, spec.records, sample, found.version, rows)


def make_spec(typed: TypedMap) -> MapSpec:
    """Make what a map says of what was typed; what is no number becomes one that is refused."""
    form = TimeForm(typed.time_form) if typed.time_form in set(TimeForm) else TimeForm.ISO
    chosen = [row for row in typed.fields if row["target"]]
    fields = tuple(
        MappedField(
            row["pointer"],
            row["target"],
            _read_number(row["factor"], 1.0),
            _read_number(row["offset"], 0.0),
            tuple(text.strip() for text in row["when"].split(",") if text.strip()),
        )
        for row in chosen
    )
    return MapSpec(typed.topic, typed.device, fields, typed.at, form, typed.records)


def read_sample(text: str, records: str, topic: str) -> Sample:
    """Read which places a sample has; of a message about many devices those of its first record."""
    levels = topic.split("/") if topic else []
    if not text:
        return Sample(levels=levels)
    if len(text) > LONGEST_SAMPLE:
        return Sample(fault=f"is longer than {LONGEST_SAMPLE} characters", levels=levels)
    try:
        found = decode_tolerantly(text.encode("utf-8", "replace"))
        lists = [] if isinstance(found, list) else _list_lists(found, "", 4)
        first = next(iter(read_records(found, records)), None)
    except Unreadable as refused:
        return Sample(fault=f"cannot be read: {refused.detail or refused.reason.value}", levels=levels)
    return Sample(list_places(first, MOST_FIELDS), lists, "", levels)


def _read_number(text: str, usual: float) -> float:
    if not text:
        return usual
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:e-?[0-9]{1,2})?", text) else math.nan


def _list_lists(value: Any, pointer: str, levels: int) -> list[str]:
    """List the places of lists of objects."""
    if isinstance(value, list):
        return [pointer] if pointer and any(isinstance(one, dict) for one in value) else []
    if not isinstance(value, dict) or not levels:
        return []
    escaped = ((name.replace("~", "~0").replace("/", "~1"), each) for name, each in value.items())
    return [found for name, each in escaped for found in _list_lists(each, f"{pointer}/{name}", levels - 1)][:20]
