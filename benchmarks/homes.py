"""Homes as benchmarks need them: each has one resident, one water meter and one wristband.

Traffic is what the default intervals give (DESIGN.md: a band every 5 minutes, a meter every hour): 12 band reports for one of a
meter. A band reports pulse, steps, worn and battery, a meter its total, so 13 messages carry 49 readings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import numpy as np

from homebeat.codecs.catalogue import make_readings_topic
from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.stream.batch import FAR, Batch
from homebeat.stream.roster import Roster, get_kind_index
from homebeat.watch.enrolment import compile_rulebook

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
BAND_EVERY: Final = 5 * MINUTE
METER_EVERY: Final = HOUR
#: Of 13 messages one is a meter's.
_METER_ONE_IN: Final = METER_EVERY // BAND_EVERY + 1
READINGS_A_MESSAGE: Final = (4 * (_METER_ONE_IN - 1) + 1) / _METER_ONE_IN
#: The share of band reports in which somebody walked.
_WALKS: Final = 0.3
BAND: Final = (Metric.HEART_RATE_BPM, Metric.STEPS, Metric.WORN, Metric.BATTERY_PCT)


def make_default_rules(fleet: Fleet | None = None) -> RuleBook:
    """Every rule that is on where nothing is said."""
    return compile_rulebook(RulePlan(RULES), fleet or Fleet())


def name_band(home: int) -> str:
    """A band's id."""
    return f"band-{home:06d}"


def name_meter(home: int) -> str:
    """A meter's id."""
    return f"meter-{home:06d}"


def make_fleet(homes: int, webhooks: Sequence[tuple[str, str]] = ()) -> Fleet:
    """A fleet in one area; every household has a contact with these webhooks (address, secret)."""
    channels = tuple(Channel("webhook", {"url": url, "secret": secret}) for url, secret in webhooks)
    return Fleet((Area(AreaId("bench"), "Bench"),), tuple(_make_household(i, channels) for i in range(homes)))


def _make_household(i: int, channels: tuple[Channel, ...]) -> Household:
    home = HouseholdId(f"home-{i:06d}")
    resident = ResidentId(f"resident-{i:06d}")
    return Household(
        home,
        AreaId("bench"),
        "Asia/Shanghai",
        residents=(Resident(resident, f"Resident {i}"),),
        contacts=(Contact(ContactId(f"{home}/family"), "Family", "daughter", channels),) if channels else (),
        devices=(
            Device(DeviceId(name_meter(i)), DeviceKind.WATER_METER, reports_every=timedelta(hours=1)),
            Device(DeviceId(name_band(i)), DeviceKind.WRISTBAND, resident, reports_every=timedelta(minutes=5)),
        ),
    )


def make_roster(homes: int, since: int) -> Roster:
    """The roster of so many homes made straight from columns: a million households as objects would take minutes.

    Ids are all the same text; nothing here asks for a name.
    """
    row = np.arange(homes, dtype=np.int32)
    devices = np.arange(2 * homes, dtype=np.int32)  # meter of home 0, band of home 0, meter of home 1, ...
    is_meter = devices % 2 == 0
    return Roster(
        household_ids=(HouseholdId("home"),) * homes,
        household_area=(AreaId("bench"),) * homes,
        household_zone=("Asia/Shanghai",) * homes,
        resident_ids=(ResidentId("resident"),) * homes,
        device_ids=(DeviceId("device"),) * (2 * homes),
        device_household=devices // 2,
        device_resident=devices // 2,
        device_asks=~is_meter,  # bands of the native form
        device_kind=np.where(is_meter, get_kind_index(DeviceKind.WATER_METER), get_kind_index(DeviceKind.WRISTBAND)).astype(
            np.int32
        ),
        device_every=np.where(is_meter, METER_EVERY, BAND_EVERY).astype(np.int64),
        device_meter=np.where(is_meter, devices // 2, -1).astype(np.int32),
        device_since=np.full(2 * homes, since),
        device_active=np.ones(2 * homes, np.bool_),
        device_withdrawn=np.zeros(2 * homes, np.uint8),
        who_start=np.arange(2 * homes + 1, dtype=np.int64),
        who=devices // 2,
        meter_device=row * 2,
        meter_lead=row,
        meter_resolution=np.ones(homes, np.int64),
        resident_household=row,
        resident_since=np.full(homes, since),
        resident_every=np.full(homes, BAND_EVERY),
        resident_alone=np.ones(homes, np.bool_),
        resident_active=np.ones(homes, np.bool_),
        resident_withdrawn=np.zeros(homes, np.uint8),
        budget=np.full(homes, np.nan, np.float32),
        asks=np.zeros(homes, np.bool_),
        zone=np.ones(homes, np.int32),
        zones=("UTC", "Asia/Shanghai"),
        away_resident=np.empty(0, np.int32),
        away_from=np.empty(0, np.int64),
        away_until=np.full(0, FAR),
    )


class Lives:
    """What the devices of so many homes count; the same seed gives the same lives."""

    def __init__(self, homes: int, seed: int = 7) -> None:
        self.homes = homes
        self._chance = np.random.default_rng(seed)
        self.litres = np.round(self._chance.uniform(50_000, 400_000, homes))
        self.steps = np.zeros(homes)
        self._next = 0

    def make_batch(self, after: int, until: int) -> Batch:
        """Readings in event-time order of all bands and meters that report in (after, until], each at its own second."""
        bands, band_at = self._find_due(BAND_EVERY, after, until)
        meters, meter_at = self._find_due(METER_EVERY, after, until)
        chance = self._chance
        self.steps[bands] += np.where(chance.random(len(bands)) < _WALKS, chance.integers(1, 120, len(bands)), 0)
        self.litres[meters] += chance.integers(0, 12, len(meters))
        n = len(bands)
        values = (chance.integers(60, 95, n), self.steps[bands], np.ones(n), chance.integers(30, 100, n))
        device = np.concatenate([np.repeat(bands * 2 + 1, 4), meters * 2]).astype(np.int32)
        metric = np.concatenate([np.tile(np.array(BAND, np.uint8), n), np.full(len(meters), Metric.VOLUME_M3, np.uint8)])
        at = np.concatenate([np.repeat(band_at, 4), meter_at])
        value = np.concatenate([np.stack(values, axis=1).reshape(-1).astype(np.float64), self.litres[meters] / 1000])
        order = np.argsort(at, kind="stable")
        at = at[order]
        return Batch(device[order], metric[order], at, at + 500, value[order], np.zeros(len(at), np.uint8))

    def _find_due(self, every: int, after: int, until: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.arange(self.homes)
        # homes report at seconds of their own, and neighbours by row are not neighbours in time
        phase = rows * 2_654_435_761 % every
        first = after + 1 + (phase - after - 1) % every
        parts = [(rows[at <= until], at[at <= until]) for at in (first + k * every for k in range((until - after) // every + 1))]
        return np.concatenate([r for r, _ in parts]), np.concatenate([a for _, a in parts])

    def make_messages(self, count: int, at: int, step_ms: float) -> Iterator[tuple[str, bytes, int]]:
        """(topic, payload, time) of so many messages, `step_ms` apart, in the mix of the default intervals, homes in turn."""
        draw = self._chance.integers(0, 1 << 30, count).tolist()
        for k in range(count):
            home, chance, now = self._next % self.homes, draw[k], round(at + k * step_ms)
            if k % _METER_ONE_IN == 0:
                self.litres[home] += chance % 12
                yield make_readings_topic(name_meter(home)), b'{"at":%d,"volume_m3":%.3f}' % (now, self.litres[home] / 1000), now
            else:
                self.steps[home] += chance % 120 if chance % 10 < _WALKS * 10 else 0
                payload = b'{"at":%d,"heart_rate_bpm":%d,"steps":%d,"worn":true,"battery_pct":%d}'
                yield (
                    make_readings_topic(name_band(home)),
                    payload % (now, 60 + chance % 35, self.steps[home], 30 + chance % 70),
                    now,
                )
            self._next += 1
