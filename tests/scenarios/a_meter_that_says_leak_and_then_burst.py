"""The meter finds a leak long before its totals show one. Property management hears of it, and again when the pipe bursts."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=91)

tale = Tale(days=2, rules=only("meter_leak", "meter_fault"))
meter = tale.meter()
meter.reports("0 00:00", "0 09:00", more={"meter_status": "ok"})
meter.reports("0 09:00", "0 15:00", more={"meter_status": "LEAK"})
meter.reports("0 15:00", "0 19:00", more={"meter_status": "LEAK BURST"})
meter.reports("0 19:00", "1 00:00", more={"meter_status": "ok"})
tale.takes("0 10:00", "meter_leak", "property")
tale.expect("meter_leak", "opened", "meter", "0 09:01", "a leak", within=SOON, priority="medium", because="meter_leak")
tale.expect("meter_leak", "raised", "meter", "0 15:01", "a burst", within=SOON, priority="high", because="meter_burst")
tale.expect("meter_leak", "cleared", "meter", "0 19:01", "the meter says that all is well", within=SOON)
