"""She is asked on the band and does not answer: somebody is sent a quarter of an hour later, not after the twelve hours."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
band.lies_still("0 00:00", "0 06:00", steps=100)
band.lies_still("0 06:00", "0 23:00", steps=140)
tale.expect("asked", "opened", "Zhou", "0 16:01", "ten hours without a step", because="asked", asks=True)
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "0 16:16:30", "no answer", tells=True, because="asked_no_answer", priority="high"
)
