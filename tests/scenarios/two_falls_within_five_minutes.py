"""She falls, tries to get up, and falls again: the second flag is not waited on."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.lies_still("0 09:00", "0 10:05", steps=2400)
band.lies_still("0 10:05", "1 00:00", steps=2410)
band.says("0 10:01", alarm="fall", steps=2400)
band.says("0 10:01:30", steps=2410)
band.says("0 10:03", alarm="fall", steps=2410)
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "cleared", "band", "0 10:02:30", "she stirred", within=SOON, because="fall_moved")
tale.expect(
    "fall", "reopened", "band", "0 10:03:02", "fell again", within=SOON, tells=True, because="fall_again", priority="critical"
)
