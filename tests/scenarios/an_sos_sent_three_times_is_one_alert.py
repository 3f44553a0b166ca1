"""She presses three times within a minute, and the band repeats each message. One alert, with a note for each press."""

from tests.scenarios.tale import Tale

tale = Tale(days=1)
band = tale.band()
band.lies_still("0 00:00", "1 00:00", steps=100)
for moment in ("0 10:00:00", "0 10:00:20", "0 10:00:50"):
    band.says(moment, alarm="sos")
    band.says(moment, alarm="sos")
tale.expect("sos", "opened", "band", "0 10:00:02", "pressed", tells=True, because="sos")
tale.expect("sos", "noted", "band", "0 10:00:22", "pressed again")
tale.expect("sos", "noted", "band", "0 10:00:52", "and again")
tale.expect("sos", "cleared", "band", "0 10:11", "ten minutes after the last press; it stays open until answered")
tale.expect("no_sign_of_life", "opened", "Zhou", "0 22:06", "the button was the last sign of life", tells=True)
