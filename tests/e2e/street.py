"""A short invented street as a fleet file: in each home one resident, one meter, one band, one child who is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SECRET = "whsec_" + "aG9tZWJlYXQgdGVzdCBzZWNyZXQgMDEyMzQ1Njc4OQ=="


def home(n: int, receiver: str, *, devices: tuple[str, ...] = ("m", "b")) -> dict[str, Any]:
    """Home `n` with meter `mN` (hourly) and band `bN`; its contact has a webhook at `receiver`."""
    kinds = {
        "m": {"id": f"m{n}", "kind": "water_meter", "reports_every": "PT1H", "resolution_litres": 1},
        "b": {"id": f"b{n}", "kind": "wristband", "resident": f"r{n}", "reports_every": "PT5M"},
    }
    return {
        "id": f"h{n}",
        "area": "heron",
        "timezone": "Asia/Shanghai",
        "address": f"Heron Street {n}",
        "residents": [{"id": f"r{n}", "name": f"Resident {n}", "birth_year": 1940, "language": "zh-CN"}],
        "contacts": [
            {"name": f"Child {n}", "relation": "child", "channels": [{"kind": "webhook", "url": receiver, "secret": SECRET}]}
        ],
        "devices": [kinds[kind] for kind in devices],
    }


def fleet_text(homes: list[dict[str, Any]]) -> str:
    """A fleet file's text."""
    areas = [{"id": "willow", "name": "Willow City"}, {"id": "heron", "name": "Heron Street", "parent": "willow"}]
    return json.dumps({"areas": areas, "households": homes}, indent=1)


def write_fleet(file: Path, homes: list[dict[str, Any]]) -> Path:
    """Write a fleet file."""
    file.write_text(fleet_text(homes))
    return file
