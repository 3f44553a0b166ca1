"""A wall button knows no clock: its press counts from when it arrives, and is told at once."""

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale

tale = Tale(days=1)
button, meter = tale.other("button", DeviceKind.BUTTON), tale.meter()
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 00:00")
button.sends("0 03:12:40", {"alarm": "sos"})
button.sends("0 03:15:00", {"alarm": "help_cancelled"})
tale.expect("sos", "opened", "button", "0 03:12:42", "pressed", tells=True)
tale.expect("sos", "cleared", "button", "0 03:15:02", "taken back on the device", because="help_cancelled")
