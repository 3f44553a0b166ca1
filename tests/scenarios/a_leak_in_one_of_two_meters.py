"""The hot water drips, the cold water is what Mrs Zhou uses: her life shows, the drip shows beside it and hides nothing."""

from tests.scenarios.tale import Tale

tale = Tale(days=7)
cold, hot = tale.meter("cold"), tale.meter("hot")
hot.draws(*(f"{day} {hour:02}:20 2" for day in range(7) for hour in range(24) if (day, hour) >= (0, 9)))
cold.draws_daily(0, 4, "06:40 6", "11:50 9", "17:40 7", "21:30 6")
for meter in (cold, hot):
    meter.reports("0 00:00", "7 00:00")
tale.expect("water_running", "opened", "hot", "1 21:01", "of the meter that drips, not of the home")
tale.expect("no_sign_of_life", "opened", "Zhou", "5 10:01", "both meters are alive, and nothing but the drip runs", tells=True)
