"""A door sensor reports at once. The door that opens after the flag shows her up before the minute is over."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
door = tale.other("door", DeviceKind.DOOR)
band.lies_still("0 09:00", "0 20:00", steps=2400)
door.says("0 09:10", door_open=False)
band.says("0 10:01", alarm="fall")
door.says("0 10:01:40", door_open=True)
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "cleared", "band", "0 10:02:30", "she is up", within=SOON, because="fall_moved", priority="high")
