"""Totals come hourly, and only ever move at midnight. From the third time on they prove no quiet, until one does not move."""

from tests.scenarios.tale import Tale

tale = Tale(days=9)
meter = tale.meter()
meter.draws_daily(0, 5, "06:30 9", "07:40 8", "12:10 9", "18:30 12", "21:30 9")
for hour in range(9 * 24):
    day = hour // 24
    meter.says(f"{day} {hour % 24:02}:10", volume_m3=meter.total(tale.at(f"{day} 00:00")))
for day in (0, 1, 2):
    tale.expect(
        "no_sign_of_life", "opened" if day == 0 else "reopened", "Zhou", f"{day} 12:11", "its rhythm is not known yet", tells=True
    )
    tale.expect("no_sign_of_life", "cleared", "Zhou", f"{day + 1} 00:11", "the total has moved")
tale.expect(
    "no_sign_of_life",
    "reopened",
    "Zhou",
    "7 03:11",
    "it did not move at midnight: nobody drew water for a day and more",
    tells=True,
)
