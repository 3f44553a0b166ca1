"""She reads all morning and is asked on the band; she presses "I am well". Nobody is called, and the question is closed."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
band.lies_still("0 00:00", "0 06:00", steps=100)
band.lies_still("0 06:00", "0 23:00", steps=140)
band.says("0 16:06", alarm="ok")
tale.expect("asked", "opened", "Zhou", "0 16:01", "ten hours without a step", because="asked", priority="low", asks=True)
tale.expect("asked", "cleared", "Zhou", "0 16:06:02", "she answered", because="asked_answered")
