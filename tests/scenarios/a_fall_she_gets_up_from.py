"""She lies for some minutes, then gets up by herself. Everybody has been told by then; the alert stays for a person to close."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.lies_still("0 09:00", "0 10:05", steps=2400)
band.says("0 10:01", alarm="fall")
band.lies_still("0 10:05", "0 10:15", steps=2410)
band.lies_still("0 10:15", "0 20:00", steps=2460)
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect(
    "fall",
    "raised",
    "band",
    "0 10:02:30",
    "still for a minute",
    within=SOON,
    tells=True,
    because="fall_still",
    priority="critical",
)
tale.expect(
    "fall",
    "cleared",
    "band",
    "0 10:16:30",
    "the ten steps reported at 10:05 may be from before the fall; those of 10:15 are not",
    within=SOON,
    because="fall_moved",
)
