"""The first call was answered and closed within minutes. The second press is a new call, not the old one."""

from homebeat.domain.alert import Outcome
from tests.scenarios.tale import Tale

tale = Tale(days=1)
band = tale.band()
band.lies_still("0 00:00", "0 20:00", steps=100)
band.says("0 10:00", alarm="sos")
tale.takes("0 10:01", "sos")
tale.closes("0 10:04", "sos", Outcome.HELPED)
band.says("0 10:07", alarm="sos")
tale.closes("0 10:09", "sos", Outcome.FALSE)
tale.expect("sos", "opened", "band", "0 10:00:02", "the first call", tells=True)
tale.expect("sos", "opened", "band", "0 10:07:02", "a second alert of its own", tells=True)
tale.expect("device_silent", "opened", "band", "0 20:10:30", "the band was charged in another room")
