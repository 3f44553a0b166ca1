"""A band's firmware cuts its messages off: what is unmistakable is an SOS, what is not may be one. "No alarm" is neither."""

from homebeat.domain.fleet import DeviceKind
from homebeat.domain.inbound import QuarantineReason
from tests.scenarios.tale import Tale

tale = Tale(days=1)
band, button, meter = tale.other("band", DeviceKind.WRISTBAND), tale.other("button", DeviceKind.BUTTON), tale.meter()
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 00:00")
band.sends("0 02:00:00", b'{"alarm": 0, "battery_pct": nan}')
band.sends("0 03:12:40", b'{"alarm": "sos", "battery_pct": 0x1F}')
button.sends("0 04:00:10", b'{"state": "pressed", "text": "help"')
tale.sets_aside(QuarantineReason.NOT_JSON, 3)
tale.expect("sos", "opened", "band", "0 03:12:42", "the word is whole", tells=True)
tale.expect("sos", "cleared", "band", "0 03:22:42", "nothing more in ten minutes")
tale.expect("unreadable_alarm", "opened", "button", "0 04:00:12", "it may be an SOS", tells=True)
tale.expect("unreadable_alarm", "cleared", "button", "0 04:10:12", "nothing more in ten minutes")
