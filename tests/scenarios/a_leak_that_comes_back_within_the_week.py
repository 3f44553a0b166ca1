"""A cistern is mended and drips again two days later: silence for a week after it cleared, then the desk is told again."""

from tests.scenarios.tale import Tale

tale = Tale(days=14, rules={"no_sign_of_life": {"enabled": False}})
meter = tale.meter()
meter.draws_daily(0, 13, "07:20 8", "17:40 7")
meter.draws(*(f"{day} {hour:02}:10 3" for day in range(3) for hour in range(24) if (day, hour) >= (0, 9)))
meter.draws(*(f"{day} {hour:02}:10 3" for day in range(6, 14) for hour in range(24)))
meter.reports("0 00:00", "14 00:00")
tale.expect("water_running", "opened", "meter", "1 21:01", "use in every hour since nine")
tale.expect("water_running", "cleared", "meter", "4 01:01", "two nights with a dry hour")
tale.expect(
    "water_running", "reopened", "meter", "11 01:01", "it fires since the seventh day; a week after it cleared it is told"
)
