"""255 is the byte for "not measured": no pulse, and no proof that anybody wears the band."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
band = tale.band()
band.goes("0 00:00", "0 09:00", lambda at: {"heart_rate_bpm": 62 + at // 300_000 % 5, "steps": 500 + at // 300_000 % 1000})
band.goes("0 09:00", "2 00:00", lambda at: {"heart_rate_bpm": 255 - at // 300_000 % 2, "steps": 1500})
tale.expect("unknown_too_long", "opened", "Zhou", "1 09:00", "a day after the last steps", tells=True)
