"""A camera reads the next hundred litres too early, then the right digit again. Mrs Zhou has been on the floor since eight."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter = tale.meter()
meter.draws("0 06:30 9", "0 07:40 8", "1 06:30 9")
meter.reports("0 00:00", "0 14:00")
for moment, litres in (("0 14:00", 100), ("0 15:00", 100), ("0 16:00", 0)):
    meter.says(moment, volume_m3=round(meter.total(tale.at(moment)) + litres / 1000, 3))
meter.reports("0 17:00", "2 00:00")
tale.expect("meter_fault", "opened", "meter", "0 16:01", "the total went back by 100 L", because="meter_back")
tale.expect("meter_fault", "cleared", "meter", "1 16:00:30", "a day has passed")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "0 20:01", "twelve hours since the total of 08:00: nobody drew 100 L", tells=True
)
tale.expect("no_sign_of_life", "cleared", "Zhou", "1 07:01", "water is drawn again")
tale.expect("no_sign_of_life", "reopened", "Zhou", "1 19:01", "and none after that", tells=True)
