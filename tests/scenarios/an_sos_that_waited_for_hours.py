"""The band was out of reach for seven hours. Its call is told when it comes, with both times; the one without a time says so."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, rules=only("sos"))
band, button = tale.band(), tale.band("button")
band.sends("0 03:00", {"at": tale.at("0 03:00"), "alarm": "sos"}, arrives="0 10:00")
button.sends("0 03:00", {"alarm": "sos"}, arrives="0 10:00")
for name in ("band", "button"):
    tale.expect("sos", "opened", name, "0 10:00", "it came", within=timedelta(seconds=1), tells=True)
    tale.expect("sos", "cleared", name, "0 10:10", "ten minutes after it came", within=timedelta(seconds=31))
