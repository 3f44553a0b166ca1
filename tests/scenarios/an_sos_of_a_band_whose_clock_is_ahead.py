"""The band's clock is two minutes fast. Its SOS is of the future, and is told now."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, rules=only("sos"))
band = tale.band()
band.sends("0 10:00", {"at": tale.at("0 10:02"), "alarm": "sos"})
tale.expect("sos", "opened", "band", "0 10:00:02", "at once", within=timedelta(seconds=1), tells=True)
tale.expect("sos", "cleared", "band", "0 10:10:02", "ten minutes after it came", within=timedelta(seconds=31))
