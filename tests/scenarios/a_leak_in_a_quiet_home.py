"""A cistern drips four litres an hour in the home of somebody who went out of the house: a leak, for the property desk."""

from tests.scenarios.tale import Tale

tale = Tale(days=4)
meter = tale.meter()
meter.draws("0 06:30 9")
meter.draws(*(f"{day} {hour:02}:40 4" for day in range(3) for hour in range(24) if (day, hour) >= (0, 9)))
meter.reports("0 00:00", "4 00:00")
tale.expect("water_running", "opened", "meter", "1 21:01", "use in every hour since the dry one that ended at nine")
tale.expect("water_running", "cleared", "meter", "3 01:01", "an hour without a drop: somebody mended it")
tale.expect("no_sign_of_life", "opened", "Zhou", "3 12:01", "and now the meter tells again that it is quiet", tells=True)
