"""The arm hits the table, and she walks on: the band counts steps after its flag. It is never critical, and nobody is rung."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band(every=timedelta(minutes=1))
band.lies_still("0 09:00", "0 10:00", every=timedelta(minutes=1), steps=2400)
band.says("0 10:00:10", alarm="fall", steps=2420, worn=True, heart_rate_bpm=80)
band.says("0 10:00:40", steps=2440, worn=True, heart_rate_bpm=80)
band.lies_still("0 10:02", "0 20:00", every=timedelta(minutes=1), steps=2440)
tale.expect("fall", "opened", "band", "0 10:00:12", "flagged", within=SOON, because="fall_flagged_worn", priority="high")
tale.expect("fall", "cleared", "band", "0 10:01:30", "she walks", within=SOON, because="fall_moved", priority="high")
