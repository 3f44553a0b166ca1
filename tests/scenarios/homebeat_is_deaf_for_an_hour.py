"""A restart takes an hour and everything sent meanwhile is lost. No device is accused; one that was silent before stays so."""

from tests.scenarios.tale import Tale

tale = Tale(days=1)
meter, band, old = tale.meter(), tale.band(), tale.band("old-band")
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 00:00")
band.lies_still("0 00:00", "1 00:00", steps=50)
old.lies_still("0 00:00", "0 06:00", steps=50)
tale.deaf("0 09:00", "0 10:00")
tale.expect("device_silent", "opened", "old-band", "0 06:10:30", "silent since before")
