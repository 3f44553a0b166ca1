"""Writes a fleet as the tree of a fleet file, and the tree as YAML, JSON or a table; `fleet_file` reads the same fleet again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import yaml

from homebeat.domain.channel import CHANNELS
from homebeat.domain.contract import Contract
from homebeat.domain.durations import format_duration
from homebeat.domain.fleet import Fleet, Household, Responder
from homebeat.registry.home_tree import write_home
from homebeat.registry.rota_tree import write_clock
from homebeat.registry.sheet_cells import write_cell
from homebeat.registry.sheet_columns import (
    ADDRESS,
    AREA,
    AWAY,
    COLUMNS,
    CONTACT,
    CONTACT_CHANNEL,
    DEVICE,
    HOME,
    MORE,
    POSITION,
    RESIDENT,
    RESPONDER,
    RESPONDER_CHANNEL,
    Path,
)

_PLAIN: Final = re.compile(r"[a-z]+_[a-z_]*[a-z]|[a-z]{6,}|id|name|kind|area|areas|need|plan|away|from|lat|lon|url")
_Cells = dict[Path, Any]


def write_fleet(fleet: Fleet) -> dict[str, Any]:
    """Write a fleet as the tree of a fleet file, with every secret and every choice of people."""
    return {
        "areas": [{"id": one.id, "name": one.name, **({"parent": one.parent} if one.parent else {})} for one in fleet.areas],
        "households": [_write_household(home) for home in fleet.households],
        **({"responders": [_write_responder(one) for one in fleet.responders]} if fleet.responders else {}),
    }


def write_yaml(tree: Mapping[str, Any]) -> bytes:
    """Write a tree as YAML. Every text that is no name of a field is in quotes: none is taken for a number."""
    text = yaml.dump(tree, Dumper=_QuotingDumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    return text.encode()


def write_json(tree: Mapping[str, Any]) -> bytes:
    """Write a tree as JSON."""
    return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode()


def write_sheet(tree: Mapping[str, Any], language: str) -> list[list[object]]:
    """Write a tree as rows of cells: the headers in a language, then areas, homes and responders."""
    rows = [_take(one, AREA) for one in tree["areas"]]
    for home in tree["households"]:
        rows += _write_home_rows(home)
    for one in tree.get("responders", ()):
        rows += _write_person_rows(one, RESPONDER, RESPONDER_CHANNEL)
    header: list[object] = [column.name_in(language) for column in COLUMNS]
    return [header, *([_write(row.get(column.path), column) for column in COLUMNS] for row in rows)]


def _write(value: Any, column: Any) -> object:
    return "" if value is None or value == [] else write_cell(value, column)


def _write_household(home: Household) -> dict[str, Any]:
    tree = write_home(home)
    for one, table in zip(home.residents, tree["residents"], strict=True):
        if one.false_alarms_a_month is not None:
            table["false_alarms_a_month"] = one.false_alarms_a_month
    return tree


def _write_responder(one: Responder) -> dict[str, Any]:
    texts = {"phone": one.phone, "language": one.language, "account": one.account}
    lists = {"areas": list(one.areas), "skills": list(one.skills), "languages": list(one.languages)}
    hours = one.quiet_hours
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.value,
        **{name: value for name, value in {**lists, **texts}.items() if value},
        "channels": [{"kind": way.kind, **way.params} for way in one.channels],
        **({} if one.contract is None else {"contract": _write_contract(one.contract)}),
        "certificates": [
            {"name": held.name, **({"until": held.last_day.isoformat()} if held.last_day else {}), "for": list(held.skills)}
            for held in one.certificates
        ],
        **(
            {}
            if hours is None
            else {
                "quiet_from": write_clock(hours.starts),
                "quiet_to": write_clock(hours.ends),
                "quiet_for": [priority.value for priority in hours.priorities],
            }
        ),
    }


def _write_contract(one: Contract) -> dict[str, Any]:
    days = {"from": one.first_day, "until": one.last_day}
    return {
        "standby": list(one.standby),
        "answer_within": {priority.value: format_duration(limit) for priority, limit in one.answer_within.items()},
        "door_within": {priority.value: format_duration(limit) for priority, limit in one.door_within.items()},
        "failed_share": one.failed_share,
        "window": format_duration(one.window),
        "least_visits": one.least_visits,
        "trial_visits": one.trial_visits,
        "trial_after": format_duration(one.trial_after),
        **{name: day.isoformat() for name, day in days.items() if day is not None},
        "timezone": one.zone,
    }


def _write_home_rows(home: Mapping[str, Any]) -> Iterator[_Cells]:
    """Yield the rows of a home: the first says all of the home, and each one contact, resident, device and absence."""
    own = {**_take(home, HOME), **_take(home.get("position", {}), POSITION), (*AREA, "id"): home["area"]}
    people = [row for one in home["contacts"] for row in _write_person_rows(one, CONTACT, CONTACT_CHANNEL)]
    parts = [people, *([_take(one, group) for one in home[group[-1]]] for group in (RESIDENT, DEVICE, AWAY))]
    for at, found in enumerate(zip_longest(*parts, fillvalue={}) if any(parts) else [()]):
        row: _Cells = own if at == 0 else {(*HOME, "id"): home["id"]}
        yield row | {path: value for part in found for path, value in part.items()}


def _write_person_rows(one: Mapping[str, Any], group: Path, ways: Path) -> Iterator[_Cells]:
    """Yield a row for each channel of somebody; all else stands in the first."""
    channels: Sequence[Mapping[str, str]] = one["channels"] or ({},)
    for at, channel in enumerate(channels):
        row: _Cells = _take(one, group) if at == 0 else {(*group, "id"): one["id"]}
        if channel:
            address = CHANNELS[channel["kind"]].address
            more = {name: text for name, text in channel.items() if name not in {"kind", address}}
            row |= {(*ways, "kind"): channel["kind"], (*ways, ADDRESS): channel[address], (*ways, MORE): more or None}
        yield row


def _take(table: Mapping[str, Any], group: Path) -> _Cells:
    return {(*group, name): value for name, value in table.items()}


class _QuotingDumper(yaml.SafeDumper):
    """Writes no anchors, and quotes around each text that might be read as something else."""

    def ignore_aliases(self, *_value: Any) -> bool:
        """Write what is there twice twice: anchors are refused."""
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _PLAIN.fullmatch(text) else '"')


_QuotingDumper.add_representer(str, _represent_text)
