"""The count starts again at zero, in the night and once on a walk. Zero is nobody's step; what comes after it is."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
band = tale.band()
band.lies_still("0 00:00", "0 08:00", steps=900)
band.lies_still("0 08:00", "0 13:00", steps=2400)
band.lies_still("0 13:00", "0 20:30", steps=0)
band.lies_still("0 20:30", "0 22:00", steps=35)
band.lies_still("0 22:00", "2 00:00", steps=35)
tale.expect("no_sign_of_life", "opened", "Zhou", "0 20:01", "2400 steps at eight, and the zero at one is no step", tells=True)
tale.expect("no_sign_of_life", "cleared", "Zhou", "0 20:31", "35 steps since the reboot", because="life_again")
tale.expect("no_sign_of_life", "reopened", "Zhou", "1 08:31", "and none after those", tells=True)
