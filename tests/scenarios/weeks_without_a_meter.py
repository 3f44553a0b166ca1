"""The meter is silent for three weeks in the middle of a run: what was before it is no part of a run that begins after it."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(
    days=27,
    rules={"no_sign_of_life": {"enabled": False}, "unknown_too_long": {"enabled": False}, "device_silent": {"enabled": False}},
)
meter = tale.meter(every=timedelta(hours=1))
meter.draws(*(f"{day} {hour:02}:10 3" for day in (0, *range(23, 27)) for hour in range(24) if (day, hour) >= (0, 2)))
meter.reports("0 00:00", "1 02:00")
meter.reports("23 00:00", "27 00:00")
tale.expect("water_running", "opened", "meter", "24 12:01", "thirty-six hours from the return, not from the run three weeks ago")
