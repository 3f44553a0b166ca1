"""A timer flushes a pipe with 5 L every four hours, day and night, and for ever after Mr Zhou has fallen."""

from tests.scenarios.tale import Tale

tale = Tale(days=9, rules={"no_sign_of_life": {"learned": False}})
meter = tale.meter()
meter.draws(*(f"{day} {hour:02}:20 5" for day in range(9) for hour in range(1, 24, 4)))
for day in range(8):
    meter.draws(*(f"{day} {use}" for use in ("07:40 6", "09:10 8", "12:25 9", "15:50 4", "18:20 7", "21:45 6")))
    if day % 2:
        meter.draws(f"{day} 13:{10 + day} {6 + day}", f"{day} 17:{30 + day} {9 + day}")  # in the hours of the timer
meter.reports("0 00:00", "9 00:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "8 10:01", "twelve hours since the total of 22:00: what comes by the clock is nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
