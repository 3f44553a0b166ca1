"""He is away for three days, and his band lies at home: off the wrist at first, then with an empty battery. That troubles nobody.

After the return it does: he has forgotten to put it on.
"""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=91)

tale = Tale(days=6, rules=only("not_worn", "device_silent"))
band = tale.band()
tale.is_away("1 10:00", "4 10:00")
band.goes("0 00:00", "1 08:00", lambda _at: {"worn": True, "heart_rate_bpm": 70})
band.goes("1 08:00", "2 20:00", lambda _at: {"worn": False})
band.goes("4 18:00", "6 00:00", lambda _at: {"worn": False})
tale.expect("device_silent", "opened", "band", "4 10:15:30", "he is back, and the band is still off", within=SOON)
tale.expect("device_silent", "cleared", "band", "4 18:00:30", "charged", within=SOON)
tale.expect("not_worn", "opened", "band", "4 22:01", "twelve hours off the wrist since the return", within=SOON)
