"""A valve waters the garden with 40 L at six each morning; Mr Zhou does not get up, and the valve opens again."""

from tests.scenarios.tale import Tale

tale = Tale(days=15, rules={"no_sign_of_life": {"learned": False}})
meter = tale.meter()
meter.draws_daily(0, 14, "06:00:10 22", "06:08 18")
for day in range(14):
    meter.draws(*(f"{day} {use}" for use in ("07:40 6", "09:10 8", "12:25 9", "15:50 4", "18:20 7", "21:30 6")))
    if day % 3 == 0:
        meter.draws(f"{day} 06:4{day % 10} {5 + day}")  # up early, in the hour of the valve
meter.reports("0 00:00", "15 00:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "14 10:01", "twelve hours since the total of 22:00: the valve is nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
