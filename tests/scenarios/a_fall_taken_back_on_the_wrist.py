"""She sits down hard, the band asks, and she presses "I am well"."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.lies_still("0 09:00", "0 20:00", steps=2400)
band.says("0 10:01", alarm="fall")
band.says("0 10:01:20", alarm="ok")
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "cleared", "band", "0 10:01:22", "she answered", within=SOON, because="help_cancelled", priority="high")
