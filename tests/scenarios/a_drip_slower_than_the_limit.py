"""A tap drips a litre in eleven hours: each pulse comes before twelve hours are over, and none of them may answer for her."""

from tests.scenarios.tale import Tale

tale = Tale(days=4)
meter = tale.meter()
meter.draws_daily(0, 2, "06:40 6", "07:20 8", "11:50 9", "17:40 7", "21:30 6")
meter.draws("3 08:30 1", "3 19:30 1")
meter.reports("0 00:00", "4 00:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "3 16:01",
    "the total of ten in the evening shows the last use that was more than a single count, eighteen hours before",
    tells=True, because="no_sign_of_life_pulses",
)  # fmt: skip
