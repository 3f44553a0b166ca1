"""A test press is closed. Next day she presses in earnest, but the band's clock has gone back by a day and a half."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=1)

tale = Tale(days=2, rules=only("sos"))
band = tale.band()
band.says("0 10:00", alarm="sos")
tale.closes("0 10:05", "sos")
band.sends("1 20:00", {"at": tale.at("0 08:00"), "alarm": "sos"})
tale.expect("sos", "opened", "band", "0 10:00:02", "the test press", within=SOON, tells=True)
tale.expect("sos", "opened", "band", "1 20:00:02", "an alarm is never refused for its time", within=SOON, tells=True)
band.sends("1 20:01", {"at": tale.at("0 08:01"), "alarm": "sos"})
tale.expect("sos", "noted", "band", "1 20:01:02", "she presses again", within=SOON)
band.says("1 20:02", alarm="sos")
tale.expect("sos", "noted", "band", "1 20:02:02", "and again: the clock is right now", within=SOON)
band.sends("1 20:03", {"at": tale.at("1 19:00"), "alarm": "sos"})
tale.expect("sos", "noted", "band", "1 20:03:02", "and again: it is an hour back", within=SOON)
tale.expect("sos", "cleared", "band", "1 20:13:02", "ten minutes after the last press", within=timedelta(seconds=31))
