"""The band lies on the charger and writes a pulse of 0. That is no heart at rest; after half a day the technician hears."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter, band = tale.meter(), tale.band()
meter.draws_daily(0, 1, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "2 00:00")
band.lies_still("0 00:00", "0 09:00")
band.goes("0 09:00", "2 00:00", lambda _at: {"worn": False, "heart_rate_bpm": 0, "spo2_pct": 0, "battery_pct": 100})
tale.expect("not_worn", "opened", "band", "0 21:01", "off the wrist since nine", because="not_worn")
