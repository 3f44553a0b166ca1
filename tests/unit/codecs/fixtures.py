"""The fixtures of the formats: `payloads/NAME.json` for each name in `FORMAT_MAKERS`. How one is written: `Case`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from homebeat.codecs.envelope import Report
from homebeat.codecs.times import parse_iso_ms
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.metric import Metric
from simulators.makes.sparkplug import encode_payload

#: When every message of a fixture arrives: 2026-03-01T08:00:00Z.
NOW: Final = 1_772_352_000_000
PAYLOADS: Final = Path(__file__).with_name("payloads")


@dataclass(frozen=True)
class Case:
    """One message and what it says.

    In the file: `is` (what it shows), `topic`, `payload` (JSON), `text` (bytes as a text), `hex` or `sparkplug` (the JSON view of
    a payload of Sparkplug B), and `zone` of the site.
    Then `unreadable` with a reason, or `reports`: of each `device`, `names`, `optional`, `readings` as `[metric, value, time,
    mark]`, `extras`, the reasons of `faults`, and how many were `unmeasured`. Without a time it is the arrival, UNTIMED.
    """

    title: str
    topic: str
    payload: bytes
    limits: Limits
    unreadable: str | None
    reports: list[dict[str, Any]]

    @property
    def expected(self) -> list[dict[str, Any]]:
        """What `show` gives for the reports."""
        return [
            {
                "device": one["device"],
                "names": one.get("names", []),
                "optional": one.get("optional", False),
                "readings": sorted(_spell(*reading) for reading in one.get("readings", [])),
                "extras": one.get("extras", {}),
                "faults": one.get("faults", []),
                "unmeasured": one.get("unmeasured", 0),
            }
            for one in self.reports
        ]


def _spell(metric: str, value: float, at: str | None = None, mark: str | None = None) -> tuple[str, float, int, str]:
    when = NOW if at is None else parse_iso_ms(at)
    assert when is not None, at
    return metric, value, when, mark or ("NONE" if at else "UNTIMED")


def show(report: Report) -> dict[str, Any]:
    """Show a report in the form of a fixture."""
    found = report.readings
    return {
        "device": report.device,
        "names": list(report.names),
        "optional": report.is_optional,
        "readings": sorted(list_readings(found)),
        "extras": {name: text for name, _, text in found.extras},
        "faults": [str(reason) for reason, _ in found.faults],
        "unmeasured": found.unmeasured,
    }


def list_readings(found: Readings) -> Iterator[tuple[str, float, int, str]]:
    """List the readings as `(name, value, time, mark)`."""
    for metric, at, value, mark in zip(found.metric, found.at, found.value, found.mark, strict=True):
        name = Raw(metric).name.lower() if metric in set(Raw) else Metric(metric).wire_name
        yield name, value, at, "|".join(sorted(str(one.name) for one in Mark(mark))) or "NONE"


def read_cases(name: str) -> list[Case]:
    """Read the fixture of a format, in its order: some formats remember what came before."""
    return [_make_case(one) for one in json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))]


def _make_case(one: dict[str, Any]) -> Case:
    forms: dict[str, Callable[[Any], bytes]] = {
        "text": str.encode,
        "hex": bytes.fromhex,
        "sparkplug": encode_payload,
        "payload": _dump,
    }
    (payload,) = (form(one[name]) for name, form in forms.items() if name in one)
    limits = Limits(zone=ZoneInfo(one["zone"]) if "zone" in one else None)
    return Case(one["is"], one["topic"], payload, limits, one.get("unreadable"), one.get("reports", []))


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
