"""A tap drips a litre in five hours for a fortnight; then Mr Zhou does not get up again, and the meter goes on counting."""

from tests.scenarios.tale import Tale

tale = Tale(days=15, rules={"no_sign_of_life": {"learned": False}})
meter = tale.meter()
meter.draws_daily(0, 13, "00:30 1", "05:30 1", "08:30 6", "10:20 8", "12:40 9", "15:10 4", "17:40 7", "19:30 5", "21:40 6")
meter.draws(*(f"14 {hour:02}:30 1" for hour in (0, 5, 10, 15, 20)))
meter.reports("0 00:00", "15 00:00")
tale.expect(
    "water_dripping", "opened", "meter", "7 09:01", "eight days on which it stood still for five hours at the longest",
    because="water_dripping",
)  # fmt: skip
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "14 10:01", "while it drips a single litre answers for nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
