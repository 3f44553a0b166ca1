"""Mrs Zhou, 82, gets up at half past six, cooks twice, walks to the market and sleeps; for three weeks nobody is called."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=21)
meter, band = tale.meter(), tale.band(every=timedelta(minutes=30))
meter.draws_daily(0, 20, "06:35 7", "07:10 4", "11:20 9", "12:40 6", "17:30 11", "19:05 5", "21:50 8")
meter.draws_daily(3, 20, "02:40 6")
meter.reports("0 00:00", "21 00:00")
steps = {7: 400, 9: 3100, 12: 3600, 18: 4200, 21: 4300}
band.lies_still("0 00:00", "0 06:40", steps=0, every=timedelta(minutes=30))
for day in range(21):
    band.goes(
        f"{day} 06:40",
        f"{day} 22:00",
        lambda at, day=day: {  # type: ignore[misc]
            "worn": True,
            "heart_rate_bpm": 74,
            "battery_pct": 80,
            "steps": max(count for hour, count in {0: 0, **steps}.items() if at >= tale.at(f"{day} {hour:02}:00")),
        },
        every=timedelta(minutes=30),
    )
    band.goes(
        f"{day} 22:00",
        f"{day + 1} 06:40",
        lambda _at: {"worn": False, "heart_rate_bpm": 0, "battery_pct": 95},
        every=timedelta(minutes=30),
    )
