"""The line is down for thirty hours, and what the meter kept shows that nobody drew water all that time."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.draws("2 15:00 10")
meter.reports("0 00:00", "1 00:00")
meter.uploads("1 00:00", "2 06:00", arrives="2 06:00")
meter.reports("2 06:00", "3 00:00")
tale.expect("device_silent", "opened", "meter", "1 02:00:30", "three hourly reports are missing")
tale.expect("unknown_too_long", "opened", "Zhou", "1 23:00:30", "nothing is proven for a day", tells=True)
tale.expect("device_silent", "cleared", "meter", "2 06:00:30", "the meter is heard again")
tale.expect("unknown_too_long", "cleared", "Zhou", "2 06:00:30", "now it is known: the home is quiet", because="cleared")
tale.expect("no_sign_of_life", "opened", "Zhou", "2 06:00:30", "thirty proven hours without use", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "2 15:01", "ten litres", because="life_again")
