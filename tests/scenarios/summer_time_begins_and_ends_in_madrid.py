"""Señora Pérez sleeps twelve hours by the wall clock. Nights of 23 and 25 hours change nothing: elapsed time counts."""

from tests.scenarios.tale import Tale

tale = Tale(days=212, zone="Europe/Madrid", begins="2026-03-28")
meter = tale.meter()
day_of_change = 211  # 25 October
for first, last in ((0, 3), (209, 211)):
    meter.draws_daily(first, last, "09:30 12", "15:00 20", "21:20 9")
    meter.reports(f"{first} 00:00", f"{last + 1} 00:00")
tale.is_away("4 00:00", "209 00:00")
tale.expect("device_silent", "opened", "meter", "4 02:00:30", "the meter was switched off for the summer")
tale.expect("device_silent", "cleared", "meter", "209 00:00:30", "and on again")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", f"{day_of_change} 09:01",
    "from 22:00 to 09:00 are twelve hours in the night in which the clock goes back", tells=True,
)  # fmt: skip
tale.expect("no_sign_of_life", "cleared", "Zhou", f"{day_of_change} 10:01", "she got up at half past nine", because="life_again")
