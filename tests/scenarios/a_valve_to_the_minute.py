"""A meter that reports every ten minutes, a valve that runs for a quarter of an hour at six; nobody draws after the evening."""

from datetime import timedelta

from tests.scenarios.tale import Tale

TEN_MINUTES = timedelta(minutes=10)
tale = Tale(days=13, rules={"no_sign_of_life": {"learned": False}})
meter = tale.meter(every=TEN_MINUTES)
meter.draws(*(f"{day} 06:{minute:02}:20 3" for day in range(13) for minute in range(14)))
for day in range(12):
    meter.draws(*(f"{day} {use}" for use in ("07:42 6", "09:13 8", "12:25 9", "15:54 4", "18:26 7", "21:38 6")))
meter.reports("0 00:00", "13 00:00", every=TEN_MINUTES)
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "12 09:41", "twelve hours since the total of 21:40: the valve is nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
