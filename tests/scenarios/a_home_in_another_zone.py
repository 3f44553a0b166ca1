"""A home in Auckland, watched from elsewhere, is judged like all others."""

from tests.scenarios.tale import Tale

tale = Tale(days=2, zone="Pacific/Auckland")
meter = tale.meter()
meter.draws("0 07:00 8", "0 12:00 8", "0 20:30 9", "1 12:00 9")
meter.reports("0 00:00", "2 00:00")
tale.expect("no_sign_of_life", "opened", "Zhou", "1 09:01", "twelve hours since the total of 21:00", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "1 12:01", "water at noon", because="life_again")
