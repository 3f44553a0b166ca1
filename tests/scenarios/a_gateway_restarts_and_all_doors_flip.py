"""The gateway starts again at night: door, window and balcony say "closed" in the same second, and 20 s later what is true."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale

tale = Tale(days=1)
meter = tale.meter()
contacts = [tale.other(name, DeviceKind.DOOR, timedelta(hours=1)) for name in ("door", "window", "balcony")]
meter.draws("0 00:30 9", "0 01:20 8")
meter.reports("0 00:00", "1 00:00")
for hour in range(24):
    for contact in contacts:
        contact.says(f"0 {hour:02}:00", door_open=True)
for moment, is_open in (("0 03:10:29", False), ("0 03:10:49", True)):
    for k, contact in enumerate(contacts):
        contact.sends(tale.at(moment) + 700 * k, {"at": tale.at(moment) + 700 * k, "door_open": is_open})
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "0 14:01", "twelve hours since the total of 02:00: nobody moved a door", tells=True
)
