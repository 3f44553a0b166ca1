"""A cistern drips four litres an hour in the home of somebody who went out of the house: a leak, for the property desk."""

from tests.scenarios.tale import Tale

tale = Tale(days=5)
meter = tale.meter()
meter.draws("0 06:30 9")
meter.draws(*(f"{day} {hour:02}:40 4" for day in range(3) for hour in range(24) if (day, hour) >= (0, 9)))
meter.reports("0 00:00", "5 00:00")
tale.expect(
    "water_running", "opened", "meter", "1 21:01", "use in every hour since nine; what is usual here is not known yet",
    because="water_running_new",
)  # fmt: skip
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "2 21:01",
    "by nine it has dripped for two days and is a leak; twelve hours later nothing but the leak has run", tells=True,
)  # fmt: skip
tale.expect("water_running", "cleared", "meter", "4 01:01", "an hour without a drop in a second night: somebody mended it")
