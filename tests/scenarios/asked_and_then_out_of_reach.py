"""Late data moves the last sign of life, she is still quiet, and then the band goes silent: the question is over by itself."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
meter = tale.meter()
band.lies_still("0 00:00", "0 16:40", steps=100)
meter.draws("0 05:30 4")
meter.reports("0 00:00", "0 07:00")
meter.sends("0 16:35", [{"at": tale.at("0 06:25"), "volume_m3": 120.009}])
tale.expect("asked", "opened", "Zhou", "0 16:01", "ten hours after the total of 06:00", asks=True)
tale.expect("no_sign_of_life", "opened", "Zhou", "0 16:16", "no answer", tells=True, because="asked_no_answer")
tale.expect(
    "asked", "contradicted", "Zhou", "0 16:50", "a quarter of an hour after the last word of the band", because="late_data"
)
