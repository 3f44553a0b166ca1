"""The lane lowered its limit to eight hours and switched leaks off; the street around it keeps the usual ones."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=3, in_area={"no_sign_of_life": {"limit": timedelta(hours=8)}, "water_running": {"enabled": False}})
meter = tale.meter()
meter.draws("0 06:30 9", "0 20:30 9")
meter.draws(*(f"{day} {hour:02}:40 4" for day in range(1, 3) for hour in range(24)))
meter.reports("0 00:00", "3 00:00")
tale.expect("no_sign_of_life", "opened", "Zhou", "0 15:01", "eight hours since seven", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "0 21:01", "water in the evening", because="life_again")
