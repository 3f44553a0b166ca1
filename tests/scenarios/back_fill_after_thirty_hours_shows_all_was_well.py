"""The line is down for thirty hours; then the meter delivers every hour it kept, and Mrs Zhou was up and about.

While nothing was known, nothing was proven: "no sign of life" never opens. The welfare check did open after a day, and what
comes late shows that she was up before that: the check is contradicted, and stays for somebody to close.
"""

from tests.scenarios.tale import Tale

tale = Tale(days=4, rules={"no_water": {}})
meter = tale.meter()
meter.draws_daily(0, 3, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 00:00")
meter.uploads("1 00:00", "2 06:00", arrives="2 06:00")
meter.reports("2 06:00", "4 00:00")
tale.expect("device_silent", "opened", "meter", "1 02:00:30", "three hourly reports are missing")
tale.expect("unknown_too_long", "opened", "Zhou", "1 23:00:30", "nothing is proven for a day", tells=True)
tale.expect("device_silent", "cleared", "meter", "2 06:00:30", "the meter is heard again")
tale.expect(
    "unknown_too_long", "contradicted", "Zhou", "2 06:00:30", "late totals show use at seven the day before", because="late_data"
)
