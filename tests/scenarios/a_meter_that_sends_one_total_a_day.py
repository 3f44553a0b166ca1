"""One total a day cannot say in which hours water ran: the city's rule is unknown, a day without any use is not."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=6, rules={"no_water": {"litres": 10.0}})
meter = tale.meter(every=timedelta(days=1))
meter.draws_daily(0, 1, "07:00 4", "18:30 3")
meter.draws("5 01:00 10")
meter.reports("0 06:00", "6 00:00", every=timedelta(days=1))
tale.expect("no_sign_of_life", "opened", "Zhou", "3 06:01", "the day from 06:00 to 06:00 passed without a litre", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "5 06:01", "ten litres in the night", because="life_again")
