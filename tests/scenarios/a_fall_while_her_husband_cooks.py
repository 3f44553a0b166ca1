"""Two people, one tap: the water he draws says nothing about her on the floor."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"), people=("Zhou", "Lin"))
band = tale.band(of="Zhou")
band.lies_still("0 09:00", "1 00:00", steps=2400)
meter = tale.meter()
meter.draws("0 08:30 4", "0 10:05 6", "0 10:40 3", "0 12:00 5", "0 15:00 5", "0 18:00 5", "0 21:00 5")
meter.reports("0 08:00", "1 00:00", every=timedelta(minutes=15))
band.says("0 10:01", alarm="fall")
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "raised", "band", "0 10:02:30", "she lies still", within=SOON, tells=True, priority="critical")
