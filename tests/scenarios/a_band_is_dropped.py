"""The band lay on the shelf for half an hour and is knocked off it. The flag is shown, and then that nobody wore the band."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.lies_still("0 08:00", "0 09:30", steps=100)
band.goes("0 09:30", "0 20:00", lambda _at: {"worn": False})
band.says("0 10:01", alarm="fall")
tale.expect(
    "fall", "opened", "band", "0 10:01:02", "never silently dropped", within=SOON, because="fall_flagged_off", priority="high"
)
tale.expect("fall", "cleared", "band", "0 10:02:30", "nobody wore it", within=SOON, because="fall_not_worn", priority="high")
