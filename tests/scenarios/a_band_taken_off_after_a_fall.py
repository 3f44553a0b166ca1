"""She fell an hour ago, and the band has come off her wrist since. That says nothing about the fall: it stands."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.lies_still("0 09:00", "0 11:00", steps=2400)
band.says("0 10:01", alarm="fall")
band.goes("0 11:00", "0 20:00", lambda _at: {"worn": False})
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "raised", "band", "0 10:02:30", "still", within=SOON, tells=True, because="fall_still", priority="critical")
