"""One garbled frame says half a billion steps, another one twelve; the next ones are right again, and she has not moved."""

from tests.scenarios.tale import Tale

tale = Tale(days=1)
band = tale.band()
band.lies_still("0 00:00", "0 06:00", steps=900)
band.lies_still("0 06:00", "0 10:00", steps=960)
band.lies_still("0 10:00", "0 10:05", steps=536_870_912)
band.lies_still("0 10:05", "0 14:00", steps=960)
band.lies_still("0 14:00", "0 14:05", steps=12)
band.lies_still("0 14:05", "1 00:00", steps=960)
tale.expect("no_sign_of_life", "opened", "Zhou", "0 18:01", "twelve hours since the steps of six o'clock", tells=True)
