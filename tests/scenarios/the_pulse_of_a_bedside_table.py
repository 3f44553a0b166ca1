"""The band says once that it was taken off, and goes on measuring the table all night: nobody's pulse, and no proof of wear."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter, band = tale.meter(), tale.band()
meter.draws_daily(0, 1, "06:30 9", "09:10 8", "12:30 9", "17:40 8", "21:30 9")
meter.reports("0 00:00", "2 00:00")
band.lies_still("0 00:00", "0 22:30", steps=900)
band.says("0 22:30", worn=False)
band.goes("0 22:35", "1 06:30", lambda at: {"heart_rate_bpm": 150 + at // 300_000 % 8})
band.lies_still("1 06:35", "2 00:00", steps=900)
