"""A meter that counts by ten litres beside a leak of one litre an hour: nobody can see that, and nobody says that all is well."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, rules={"no_sign_of_life": {"enabled": False}})
meter = tale.meter(resolution=10.0)
meter.draws(*(f"{day} {hour:02}:10 10" for day in range(4) for hour in (8, 18)))
meter.reports("0 00:00", "4 00:00")
