"""A movement sensor fires every three hours to the minute, also at night; then Mr Zhou lies on the floor, and it goes on."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale

tale = Tale(days=13, rules={"no_sign_of_life": {"learned": False}})
meter, hall = tale.meter(), tale.other("hall", DeviceKind.MOTION, timedelta(hours=1))
meter.draws_daily(0, 10, "07:40 6", "09:10 8", "12:25 9", "15:50 4", "18:20 7", "21:30 6")
meter.draws("11 07:40 6", "11 09:10 8")
meter.reports("0 00:00", "13 00:00")
for day in range(13):
    for hour in range(24):
        hall.says(f"{day} {hour:02}:12", motion=0)
    for hour in range(1, 24, 3):
        hall.says(f"{day} {hour:02}:41", motion=1)
    # where he walks differs by the day
    for k, clock in enumerate(
        ("07:05", "07:30", "08:20", "09:40", "11:15", "12:50", "14:05", "16:30", "17:20", "19:00", "21:10")
    ):
        if day < 11 or (day == 11 and clock < "09:00"):
            hall.says(f"{day} {clock[:2]}:{(int(clock[3:]) + 7 * day + 3 * k) % 60:02}", motion=1)
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "11 22:01", "twelve hours since the total of 10:00: what comes by the clock is nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
