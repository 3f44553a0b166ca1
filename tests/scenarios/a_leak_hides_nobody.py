"""A cistern leaks five litres an hour; Mr Zhou lives on beside it for days, and one morning he does not get up."""

from tests.scenarios.tale import Tale

tale = Tale(days=8)
meter = tale.meter()
meter.draws(*(f"{day} {hour:02}:10 5" for day in range(8) for hour in range(24) if (day, hour) >= (0, 9)))
meter.draws_daily(0, 5, "06:40 6", "07:20 8", "11:50 9", "17:40 7", "21:30 6")
meter.reports("0 00:00", "8 00:00")
tale.expect("water_running", "opened", "meter", "1 21:01", "use in every hour since nine", because="water_running_new")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "6 10:01",
    "the last use above the leak shows in the total of ten in the evening; the meter has gone on turning for twelve hours",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
