"""She is asked on the band, takes no notice of it, and puts the kettle on: that is an answer too."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
band.lies_still("0 00:00", "0 06:00", steps=100)
band.lies_still("0 06:00", "0 16:10", steps=140)
band.lies_still("0 16:10", "0 23:00", steps=180)
tale.expect("asked", "opened", "Zhou", "0 16:01", "ten hours without a step", asks=True)
tale.expect("asked", "cleared", "Zhou", "0 16:11", "a step", because="asked_answered")
