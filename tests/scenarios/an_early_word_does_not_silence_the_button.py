"""A word dated nearly five minutes ahead is taken as it is. What is pressed after it is heard all the same."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=1)

tale = Tale(days=1, rules=only("sos"))
band = tale.band()
band.sends("0 09:00", {"at": tale.at("0 09:04:50"), "alarm": "ok"})
band.sends("0 09:01", {"alarm": "sos"})
tale.expect("sos", "opened", "band", "0 09:01:02", "pressed after the word arrived", within=SOON, tells=True)
tale.closes("0 09:02", "sos")
band.says("0 09:03", alarm="sos")
tale.expect("sos", "opened", "band", "0 09:03:02", "pressed again, still before the time of the word", within=SOON, tells=True)
tale.closes("0 09:09", "sos")

band.sends("0 10:00", {"at": tale.at("0 10:04:50"), "alarm": "help_cancelled"})
for k in range(5):
    band.says(f"0 10:01:0{k}", alarm="sos")
    tale.expect("sos", "noted" if k else "opened", "band", f"0 10:01:0{k + 2}", "pressed five times", within=SOON, tells=not k)
tale.closes("0 10:09", "sos")

band.says("0 11:00", alarm="ok")
band.sends("0 11:00:05", {"at": tale.at("0 10:59"), "alarm": "sos"})
tale.expect("sos", "opened", "band", "0 11:00:07", "the clock was corrected by a minute", within=SOON, tells=True)
tale.closes("0 11:09", "sos")

band.sends("0 12:00", {"at": tale.at("0 12:04:50"), "alarm": "sos"})
tale.expect("sos", "opened", "band", "0 12:00:02", "an early press", within=SOON, tells=True)
tale.closes("0 12:01", "sos")
band.sends("0 12:02", {"alarm": "sos"})
tale.expect("sos", "opened", "band", "0 12:02:02", "without a time", within=SOON, tells=True)
tale.closes("0 12:02:30", "sos")
band.says("0 12:03", alarm="sos")
tale.expect("sos", "opened", "band", "0 12:03:02", "the clock is right now", within=SOON, tells=True)
tale.closes("0 12:09", "sos")
