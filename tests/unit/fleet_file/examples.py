"""A street that is right in every field, to be spoilt one field at a time."""

from __future__ import annotations

import copy
import json
from typing import Any

STREET: dict[str, Any] = {
    "areas": [{"id": "c1", "name": "Willow City"}, {"id": "s1", "name": "Heron Street", "parent": "c1"}],
    "households": [
        {
            "id": "h1",
            "area": "s1",
            "timezone": "Asia/Shanghai",
            "address": "Heron Street 7, flat 302",
            "residents": [{"id": "r1", "name": "林阿婆", "birth_year": 1941, "phone": "139-0000-0001", "language": "zh-CN"}],
            "contacts": [
                {
                    "id": "wei",
                    "name": "Lin Wei",
                    "relation": "son",
                    "phone": "138-0000-0001",
                    "language": "en",
                    "channels": [{"kind": "webhook", "url": "https://family.example/hook"}],
                },
                {"name": "Mrs Plum", "relation": "neighbour"},
            ],
            "devices": [
                {"id": "m1", "kind": "water_meter", "reports_every": "PT1H", "resolution_litres": 10},
                {"id": "b1", "kind": "wristband", "resident": "r1", "codec": "native"},
            ],
            "away": [{"from": "2026-03-01T08:00:00Z", "to": "2026-03-04", "reason": "with her son"}],
        },
        {"id": "h2", "area": "c1", "timezone": "Europe/Madrid", "residents": [{"id": "r2", "name": "Old Zhou"}]},
    ],
}

YAML = """\
areas:
  - {id: c1, name: Willow City}
  - id: s1
    name: Heron Street
    parent: c1
households:
  - id: h1
    area: s1
    timezone: Asia/Shanghai
    address: Heron Street 7, flat 302
    residents:
      - {id: r1, name: 林阿婆, birth_year: 1941, phone: 139-0000-0001, language: zh-CN}
    contacts:
      - id: wei
        name: Lin Wei
        relation: son
        phone: 138-0000-0001
        language: en
        channels:
          - kind: webhook
            url: https://family.example/hook
      - {name: Mrs Plum, relation: neighbour}
    devices:
      - id: m1
        kind: water_meter
        reports_every: PT1H
        resolution_litres: 10
      - id: b1
        kind: wristband
        resident: r1
        codec: native
    away:
      - from: 2026-03-01T08:00:00Z
        to: 2026-03-04
        reason: with her son
  - id: h2
    area: c1
    timezone: Europe/Madrid
    residents:
      - {id: r2, name: Old Zhou}
"""

GONE = object()


def spoilt(path: str, value: Any) -> str:
    """The street as JSON with one place set, or removed if `value` is GONE; the path is like `households.0.area`."""
    street = copy.deepcopy(STREET)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    at: Any = street
    for part in way:
        at = at[part]
    if value is GONE:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return json.dumps(street, indent=1)
