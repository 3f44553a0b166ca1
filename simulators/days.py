"""The reports of one local day of a whole street, with everything that happens on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from homebeat.domain.metric import Metric
from simulators.bands import make_band_reports
from simulators.chance import F64, I64, U64
from simulators.estate import Estate
from simulators.faults import add_measuring_faults, add_restarts, add_sending_faults, delay, drop_missing
from simulators.life import DayLife, compute_day_litres, compute_litres_before, live_day
from simulators.localdays import LocalDays
from simulators.meters import make_meter_reports, round_to_counts
from simulators.personas import Personas
from simulators.plan import DeviceFault, DeviceFaultKind, EventKind, StreetPlan
from simulators.reports import ALARM_METRICS, Reports, join
from simulators.stillness import BandState, Wearer, apply_events, find_band_state
from simulators.taps import Taps

#: Time between a fall and the band's alarm, ms.
FALL_ALARM_AFTER = 8_000


@dataclass(frozen=True)
class HomeRows:
    """The homes of a street, n rows; `origin` is the day on which the meters showed `base_litres`."""

    personas: Personas
    keys: U64
    estate: Estate
    zones: tuple[str, ...]
    numbers: I64
    meters: tuple[str, ...]
    bands: tuple[str, ...]
    origin: int


class DayOfStreet:
    """Computes day after day; keeps the litres of the days before, and the taps of homes in which something happens."""

    def __init__(self, homes: HomeRows, plan: StreetPlan) -> None:
        """Make `plan` happen in `homes`."""
        self._homes = homes
        self._personas = homes.personas
        self._keys = homes.keys
        self._estate = homes.estate
        self._numbers = homes.numbers
        self._meters = homes.meters
        self._bands = homes.bands
        self._plan = plan
        self._row = {int(home): row for row, home in enumerate(homes.numbers)}
        names = np.array(homes.zones)
        self._zones = [(LocalDays(str(zone)), np.flatnonzero(names == zone)) for zone in np.unique(names)]
        self._days = [LocalDays(zone) for zone in homes.zones]
        self._before: dict[str, tuple[int, F64]] = {}
        self._taps: dict[int, Taps] = {}
        self._held: dict[tuple[int, int], BandState] = {}

    def make_reports(self, day: int) -> list[Reports]:
        """Meters, bands and alarms of local day `day` in every zone, each family sorted by home."""
        meters: list[Reports] = []
        bands: list[Reports] = []
        for days, rows in self._zones:
            people, keys = self._personas.take(rows), self._keys[rows]
            life = live_day(people, keys, day)
            base = people.base_litres + self._compute_litres_before(days.zone, people, keys, day)
            for every in np.unique(self._estate.meter_every[rows]):
                part = np.flatnonzero(self._estate.meter_every[rows] == every)
                found = make_meter_reports(_take(self._estate, rows[part]), life.take(part), base[part], days, day)
                if found is not None:
                    meters.append(replace(found, home=rows[part][found.home]))
            bands += self._make_bands(rows, life, days, day)
        out = [self._apply_meters(join(meters), day)] if meters else []
        if bands:
            out.append(self._apply_wear(join(bands), day))
        alarms = self._make_alarms(day)
        return [*out, alarms] if len(alarms) else out

    def _compute_litres_before(self, zone: str, people: Personas, keys: U64, day: int) -> F64:
        known = self._before.get(zone)
        if known is not None and known[0] == day - 1:
            total = known[1] + compute_day_litres(people, keys, np.array([day - 1]))[:, 0]
        else:
            total = compute_litres_before(people, keys, self._homes.origin, day)
        self._before[zone] = (day, total)
        return total

    def _make_bands(self, rows: I64, life: DayLife, days: LocalDays, day: int) -> list[Reports]:
        wearing = np.flatnonzero(self._estate.band[rows])
        out = []
        for every in np.unique(self._estate.band_every[rows[wearing]]):
            part = wearing[self._estate.band_every[rows[wearing]] == every]
            where = rows[part]
            found = make_band_reports(
                self._personas.take(where), _take(self._estate, where), self._keys[where], life.take(part), days, day
            )
            if found is not None:
                out.append(replace(found, home=where[found.home]))
        return out

    # -- meters -------------------------------------------------------------------------------------------------------

    def _apply_meters(self, reports: Reports, day: int) -> Reports:
        litres = reports.value[:, 0]
        for home, row in self._find_touched(self._meters):
            where = reports.find_rows(row)
            if where.start == where.stop:
                continue
            faults = self._plan.faults.get(self._meters[row], ())
            taps = self._get_taps(row)
            if self._plan.events.get(home):
                litres[where] = taps.compute_litres(reports.at[where])
            for fault in faults:
                self._shift_register(litres[where], reports.at[where], fault, taps)
        resolution = self._estate.resolution[reports.home]
        value = reports.value.copy()
        value[:, 0] = round_to_counts(np.maximum(litres, 0.0), resolution)
        arrived = drop_missing(replace(reports, value=value), self._estate.missing_share, self._keys)
        return delay(self._apply_faults(arrived, self._meters, day), self._keys)

    def _shift_register(self, litres: F64, at: I64, fault: DeviceFault, taps: Taps) -> None:
        """Shift what a broken or exchanged register shows, in place."""
        if fault.kind is DeviceFaultKind.STUCK:
            stands = taps.compute_litres(np.array([fault.at]))[0]
            litres[(at >= fault.at) & (at < fault.until)] = stands
        elif fault.kind is DeviceFaultKind.REPLACED:
            gone = taps.compute_litres(np.array([fault.at]))[0]
            litres[at >= fault.at] -= gone - fault.size

    def _get_taps(self, row: int) -> Taps:
        if row not in self._taps:
            only = np.array([row])
            events = self._plan.events.get(int(self._numbers[row]), ())
            drip = float(self._estate.drip_lph[row])
            self._taps[row] = Taps(self._personas.take(only), self._keys[only], self._homes.origin, self._days[row], events, drip)
        return self._taps[row]

    # -- bands --------------------------------------------------------------------------------------------------------

    def _apply_wear(self, reports: Reports, day: int) -> Reports:
        return delay(self._apply_faults(self._apply_events(reports, day), self._bands, day), self._keys)

    def _apply_events(self, reports: Reports, day: int) -> Reports:
        parts = []
        done = 0
        for home, row in self._find_touched(self._bands):
            where = reports.find_rows(row)
            if where.start == where.stop:
                continue
            part = reports.take(np.arange(where.start, where.stop))
            faults = self._plan.faults.get(self._bands[row], ())
            wearer = Wearer(
                float(self._personas.rest_bpm[row]),
                float(self._personas.drain_pct_h[row]),
                bool(self._personas.zero_when_off[row]),
            )
            days = self._days[row]

            def find_state_at(at: int, row: int = row) -> BandState:
                return self.find_state(row, at)

            part = apply_events(part, self._plan.events.get(home, ()), wearer, find_state_at, days.find_start(day))
            parts += [reports.take(np.arange(done, where.start)), add_restarts(part, faults)]
            done = where.stop
        return join([*parts, reports.take(np.arange(done, len(reports)))]) if parts else reports

    def make_wear(self, day: int) -> Reports | None:
        """Make the reports of all bands on local day `day` as they are measured, sorted by home; None where there are none."""
        bands: list[Reports] = []
        for days, rows in self._zones:
            bands += self._make_bands(rows, live_day(self._personas.take(rows), self._keys[rows], day), days, day)
        return self._apply_events(join(bands), day) if bands else None

    def find_state(self, row: int, at: int) -> BandState:
        """How the band in this row is at an instant, without events."""
        if (row, at) not in self._held:
            rows, days = np.array([row]), self._days[row]
            day = days.find_number(at)
            life = live_day(self._personas.take(rows), self._keys[rows], day)
            found = self._make_bands(rows, life, days, day)
            self._held[row, at] = find_band_state(found[0], at)
        return self._held[row, at]

    # -- alarms and faults --------------------------------------------------------------------------------------------

    def _make_alarms(self, day: int) -> Reports:
        """SOS and fall alarms of the bands, in the order of homes."""
        rows, serials, times, kinds, untimed = [], [], [], [], []
        for home in sorted(set(self._plan.events) & set(self._row)):
            row = self._row[home]
            if not self._estate.band[row]:
                continue
            for index, event in enumerate(self._plan.events[home]):
                if event.kind not in {EventKind.SOS, EventKind.FALL}:
                    continue
                times_sent = event.times if event.kind is EventKind.SOS else 1
                for press in range(times_sent):
                    after = round(press * event.spacing_s * 1000) if event.kind is EventKind.SOS else FALL_ALARM_AFTER
                    if self._days[row].find_number(event.at + after) == day:
                        rows.append(row)
                        serials.append(index * 1000 + press)
                        times.append(event.at + after)
                        kinds.append(event.kind)
                        untimed.append(event.untimed)
        value = np.full((len(rows), len(ALARM_METRICS)), np.nan)
        for i, kind in enumerate(kinds):
            value[i, ALARM_METRICS.index(Metric.ALARM_SOS if kind is EventKind.SOS else Metric.ALARM_FALL)] = 1.0
        out = Reports.make(ALARM_METRICS, np.array(rows, np.int64), np.array(serials, np.int64), np.array(times, np.int64), value)
        return delay(self._apply_faults(replace(out, untimed=np.array(untimed, np.bool_)), self._bands, day), self._keys)

    def _find_touched(self, names: Sequence[str]) -> list[tuple[int, int]]:
        """Find the home number and row of each home whose event or device fault may show in reports of these devices."""
        homes = {home for home in self._plan.events if home in self._row}
        faulty = {(int(self._numbers[row]), row) for row in self._find_faulty(names)}
        return sorted({(home, self._row[home]) for home in homes} | faulty)

    def _find_faulty(self, names: Sequence[str]) -> list[int]:
        """Rows of the devices that have a fault at some time, in order."""
        return [row for row, name in enumerate(names) if name in self._plan.faults] if self._plan.faults else []

    def _apply_faults(self, reports: Reports, names: Sequence[str], day: int) -> Reports:
        parts = []
        done = 0
        for row in self._find_faulty(names):
            faults = self._plan.faults[names[row]]
            where = reports.find_rows(row)
            if where.start == where.stop:
                continue
            part = add_measuring_faults(reports.take(np.arange(where.start, where.stop)), faults)
            parts += [reports.take(np.arange(done, where.start)), add_sending_faults(part, faults, self._keys[[row]], day)]
            done = where.stop
        return join([*parts, reports.take(np.arange(done, len(reports)))]) if parts else reports


def _take(estate: Estate, rows: I64) -> Estate:
    return Estate(**{f.name: getattr(estate, f.name)[rows] for f in fields(estate)})
