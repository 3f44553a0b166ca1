"""A cubic metre is read too early twice in a row: property management is told of a burst, and then that no water ran."""

from tests.scenarios.tale import Tale

tale = Tale(days=1)
meter = tale.meter()
meter.draws_daily(0, 0, "01:00 2", "06:30 9", "10:10 9", "17:30 9", "19:30 9", "22:10 8")
meter.reports("0 00:00", "0 14:00")
for moment, litres in (("0 14:00", 1000), ("0 15:00", 1000), ("0 16:00", 0)):
    meter.says(moment, volume_m3=round(meter.total(tale.at(moment)) + litres / 1000, 3))
meter.reports("0 17:00", "1 00:00")
tale.expect("water_surge", "opened", "Zhou", "0 15:01", "one total says so, and the next does not take it back")
tale.expect("meter_fault", "opened", "meter", "0 16:01", "the total went back by a cubic metre", because="meter_back")
tale.expect("water_surge", "contradicted", "Zhou", "0 17:01", "two totals say that no water ran", because="meter_back")
