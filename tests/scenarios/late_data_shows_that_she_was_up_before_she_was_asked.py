"""What shows that all was well comes after the question: it was needless, and no unanswered question is left behind."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
meter = tale.meter()
band.lies_still("0 00:00", "0 23:00", steps=100)
meter.draws("0 05:30 4", "0 13:40 5")
meter.reports("0 00:00", "0 07:00")
meter.sends("0 16:05", [{"at": tale.at("0 13:00"), "volume_m3": 120.004}, {"at": tale.at("0 14:00"), "volume_m3": 120.009}])
tale.expect("asked", "opened", "Zhou", "0 16:01", "ten hours after the total of 06:00", asks=True)
tale.expect("asked", "contradicted", "Zhou", "0 16:06", "water ran before two", because="late_data")
