"""A watch without a wear sensor lies on the table and repeats the last pulse it felt: nobody is watched, and that is said."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
band = tale.band()
band.goes("0 00:00", "0 09:00", lambda at: {"heart_rate_bpm": 62 + at // 300_000 % 5, "steps": 500})
band.goes("0 09:00", "0 10:40", lambda at: {"heart_rate_bpm": 70 + at // 300_000 % 5, "steps": 500 + at // 300_000 % 1000})
band.goes("0 10:40", "3 00:00", lambda _at: {"heart_rate_bpm": 63, "steps": 1500})
tale.expect("unknown_too_long", "opened", "Zhou", "1 12:35:30", "a day after the pulse had stood still for two hours", tells=True)
