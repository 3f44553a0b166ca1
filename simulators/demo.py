"""The choreography of `homebeat demo`: five weeks of an ordinary street, and a first minute in which everything happens once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from simulators import people
from simulators.estate import MINUTE, Habitat, Tuning
from simulators.localdays import DAY, HOUR
from simulators.makes.catalogue import read_makes
from simulators.makes.make import list_kinds
from simulators.names import ENGLISH
from simulators.personas import Cohort
from simulators.plan import DeviceFault, DeviceFaultKind, Event, EventKind
from simulators.street import LONGEST_STAY, History, Message, Street

HISTORY: Final = timedelta(weeks=5)
#: What its suppliers sold to a street: meters of three makes, bands of two, and some of both that speak the native form.
MAKES: Final = read_makes("wmbusmeters,chirpstack,kati,native,zigbee2mqtt")
#: With fewer, some scene may find no home that suits it.
FEWEST_HOMES: Final = 60
SECOND: Final = 1000
#: The leak runs without a pause for so many hours. Five weeks have shown that this home always has a pause.
LEAK_HOURS: Final = 24
LEAK_LITRES: Final = 8.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Something to look at: when it shows (epoch ms), where, and the rule that is expected to speak."""

    at: int
    household: str
    rule: str


@dataclass(frozen=True)
class DemoScript:
    """The street, what happens in it, and when it goes live.

    The same `now`, seed and number of homes give the same script: a second start builds it again from the first start's `now`
    and asks for other spans.
    """

    street: Street
    start: int
    now: int
    events: tuple[Event, ...]
    faults: tuple[DeviceFault, ...]
    scenes: tuple[Scene, ...]

    def make_fleet(self, channels: people.Channels | None = None, language: str = ENGLISH) -> dict[str, Any]:
        """The fleet file; stays elsewhere up to a week after `now` are declared, so that ordinary weeks stay quiet.

        Each home names its building; the devices are of the `MAKES`, in turn.
        """
        span = (self.start - LONGEST_STAY * DAY, self.now + 7 * DAY)
        fleet = self.street.make_fleet(away=span, declared=1.0, channels=channels, language=language)
        for number, home in zip(self.street.numbers, fleet["households"], strict=True):
            home["building"] = people.find_building(int(number))
        MAKES.register(fleet)
        return fleet

    def make_history(self, start: int | None = None, end: int | None = None) -> Iterator[History]:
        """Readings as columns, a block a day; from `start` to `now` if nothing else is said (epoch ms)."""
        return self.street.make_history(
            self.start if start is None else start, self.now if end is None else end, self.faults, self.events
        )

    def make_messages(self, start: int | None = None, end: int | None = None) -> Iterator[Message]:
        """Messages to publish, each at its arrival time; a year from `now` on if nothing else is said."""
        begin = self.now if start is None else start
        native = self.street.make_messages(begin, begin + 365 * DAY if end is None else end, self.faults, self.events)
        return MAKES.rewrite_messages(list_kinds(self.street.make_fleet()), native)

    def make_truth(self) -> list[dict[str, str]]:
        """List what really happened from the beginning of the history to the end of the first live day."""
        return self.street.make_truth(self.start, self.now + DAY, self.faults, self.events)


@dataclass(frozen=True, slots=True)
class Cues:
    """The earliest time of each scene, in seconds after going live; up to half a minute later on the engine's grid.

    Attributes:
        sos_s: Somebody presses SOS.
        fall_s: A band raises a fall alarm, then stillness.
        leak_s: 24 hours of use in every hour are known, more than is usual there.
        quiet_s: Twelve hours without a sign of life are known.
        silent_s: Three hours after the last report of an hourly meter.
        lateness_s: How long the engine waits for late readings before it judges: the reports that prove the leak and the
            quiet lie this much before their cues.
    """

    sos_s: float = 8
    fall_s: float = 14
    leak_s: float = 10
    quiet_s: float = 20
    silent_s: float = 25
    lateness_s: float = 60


def make_demo_script(
    now: int, *, seed: int = 2, homes: int = 200, history: timedelta = HISTORY, cues: Cues | None = None
) -> DemoScript:
    """Write the script for a street that goes live at `now` (epoch ms).

    Args:
        now: When live begins.
        seed: Which world.
        homes: How many homes; at least 60.
        history: How much lies before `now`.
        cues: When each scene shows.

    Raises:
        ValueError: The street is too small to hold all scenes.
    """
    cues = cues or Cues()
    # SenML is a native form: what is to be written as a make does is none
    habitat = Habitat(resolution=1, daily_share=0.0, senml_share=0.0, band_share=0.2, band_every=10 * MINUTE)
    plain = Street(seed, homes, habitat=habitat)
    sos, fall, quiet, leak, silent = _choose_cast(plain, now)
    quiet_at, leak_at = (now + round((cue - cues.lateness_s) * SECOND) for cue in (cues.quiet_s, cues.leak_s))
    silent_at = now + round(cues.silent_s * SECOND)
    # only whole hours count, and an hour that the leak fills in part is no part of a steady flow: it must be the 25th by then
    leak_from = leak_at - (LEAK_HOURS + (leak_at % HOUR > HOUR // 8)) * HOUR
    last_life, last_heard = quiet_at - 12 * HOUR, silent_at - 3 * HOUR
    tuning = {
        # at an hour when most bands lie on their chargers, these two are worn all the same
        sos: Tuning(worn_from=now - 2 * HOUR, worn_until=now + HOUR),
        fall: Tuning(band_every=2 * MINUTE, worn_from=now - 2 * HOUR, worn_until=now + HOUR),
        # a meter that reports each minute proves the twelfth hour when it is reached, not up to an hour later
        quiet: Tuning(meter_every=MINUTE, meter_offset=quiet_at % MINUTE, band=False),
        leak: Tuning(meter_offset=leak_at % HOUR),
        silent: Tuning(meter_offset=last_heard % HOUR),
    }
    events = (
        Event(EventKind.SOS, sos, now + round(cues.sos_s * SECOND)),
        Event(EventKind.FALL, fall, now + round(cues.fall_s * SECOND) - 8 * SECOND),
        Event(EventKind.USE, quiet, last_life - 30 * SECOND),
        Event(EventKind.COLLAPSE, quiet, last_life - 30 * SECOND),
        # the whole hour before the leak is dry, so that the run of hours begins with it
        Event(EventKind.IDLE, leak, leak_from - 2 * HOUR - SECOND, leak_from),
        *_list_nights(leak, now - round(history.total_seconds() * SECOND), now),
        Event(EventKind.LEAK, leak, leak_from + SECOND, amount=LEAK_LITRES),
    )
    faults = (
        DeviceFault(DeviceFaultKind.SILENCE, people.make_meter_id(silent), last_heard + SECOND),
        # put in five days ago: nothing is learned from so little, and the twelve hours of everybody hold
        DeviceFault(DeviceFaultKind.SILENCE, people.make_meter_id(quiet), 0, now - 5 * DAY),
    )
    late = round(cues.lateness_s * SECOND)
    scenes = (
        Scene(events[0].at, people.make_household_id(sos), "sos"),
        Scene(events[1].at + 8 * SECOND, people.make_household_id(fall), "fall"),
        Scene(leak_at + late, people.make_household_id(leak), "water_running"),
        Scene(quiet_at + late, people.make_household_id(quiet), "no_sign_of_life"),
        Scene(silent_at, people.make_household_id(silent), "device_silent"),
    )
    street = Street(seed, homes, habitat=replace(habitat, tuning=tuning))
    return DemoScript(street, now - round(history.total_seconds() * SECOND), now, events, faults, scenes)


def _choose_cast(street: Street, now: int) -> tuple[int, int, int, int, int]:
    """Homes for the five scenes: one person each, mostly in, not travelling; the first two with a band."""
    travels = {row for row, left, back in street.list_stays(now - LONGEST_STAY * DAY, now + 2 * DAY) if back > now - 3 * DAY}
    alone = [row for row in range(len(street)) if street.personas.cohort[row] == Cohort.MOSTLY_IN and row not in travels]
    banded = [row for row in alone if street.estate.band[row]]
    plain = [row for row in alone if not street.estate.band[row]]
    if len(banded) < 2 or len(plain) < 3:
        raise ValueError(f"the street is too small for the demo: take at least {FEWEST_HOMES} homes")
    step = max(1, len(plain) // 3)
    chosen = (banded[0], banded[1], plain[0], plain[step], plain[2 * step])
    first, second, third, fourth, fifth = (int(street.numbers[row]) for row in chosen)
    return first, second, third, fourth, fifth


def _list_nights(home: int, start: int, end: int) -> Iterator[Event]:
    """List six hours of each night in which a home uses nothing. So a day of use without a pause is unusual for it.

    Between two readings use is taken to be even, so a use just before or after spills into an hour on either side.
    """
    for night in range(start // DAY, end // DAY):
        begins = night * DAY + 17 * HOUR
        yield Event(EventKind.IDLE, home, begins, begins + 6 * HOUR)
