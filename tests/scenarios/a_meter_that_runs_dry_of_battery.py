"""The meter sends no percentage, only the words: first that its battery is low, then one that nobody knows."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=91)

tale = Tale(days=2, rules=only("meter_leak", "meter_fault", "no_sign_of_life"))
meter = tale.meter()
meter.draws_daily(0, 1, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
for start, end, word in (("0 00:00", "0 09:00", "normal"), ("0 09:00", "0 15:00", "battery low"), ("0 15:00", "0 19:00", "ok")):
    meter.reports(start, end, more={"meter_status": word})
meter.reports("0 19:00", "0 21:00", more={"meter_status": "E-17"})
meter.reports("0 21:00", "2 00:00", more={"meter_status": "NORMAL"})
for kind, begins, ends in (("opened", "0 09:01", "0 15:01"), ("reopened", "0 19:01", "0 21:01")):
    tale.expect("meter_fault", kind, "meter", begins, "a technician has to look", within=SOON, because="meter_status")
    tale.expect("meter_fault", "cleared", "meter", ends, "all is well again", within=SOON)
