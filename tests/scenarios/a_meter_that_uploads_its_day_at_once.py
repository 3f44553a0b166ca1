"""The meter keeps hourly totals and sends them as one list each morning. Judged by when water ran, the weeks are ordinary."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=8, rules={"no_water": {}})
meter = tale.meter(every=timedelta(days=1))
meter.draws_daily(0, 7, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
for day in range(1, 8):
    meter.uploads(f"{day - 1} 05:00", f"{day} 04:30", arrives=f"{day} 04:30")
