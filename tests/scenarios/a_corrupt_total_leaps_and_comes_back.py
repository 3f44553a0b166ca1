"""One corrupt read in the night is neither a flood nor a sign of life."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "21:30 7")
meter.draws("1 11:00 12", "1 20:00 9", "2 07:00 5", "2 18:00 9")
meter.reports("0 00:00", "1 03:00")
meter.says("1 03:00", volume_m3=8388.608)
meter.reports("1 04:00", "3 00:00")
tale.expect("meter_fault", "opened", "meter", "1 03:01", "eight thousand cubic metres in an hour", because="meter_jumped")
tale.expect("no_sign_of_life", "opened", "Zhou", "1 10:01", "the corrupt read showed no life: quiet since 22:00", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "1 11:01", "water at eleven", because="life_again")
tale.expect("meter_fault", "cleared", "meter", "2 03:00:30", "a day without another impossible total")
