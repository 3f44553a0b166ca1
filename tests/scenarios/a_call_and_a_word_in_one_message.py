"""The band sends the call and "I am well" at once. The call wins, in either order."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=1)

tale = Tale(days=1, rules=only("sos"))
band = tale.band()
for hour, said in ((8, ("ok", "sos")), (9, ("sos", "ok")), (10, ("help_cancelled", "sos"))):
    at = tale.at(f"0 {hour}:00")
    band.sends(at, [{"at": at - len(said) * 1_000 + k * 1_000, "alarm": alarm} for k, alarm in enumerate(said)])
    tale.expect("sos", "opened", "band", f"0 {hour}:00:02", "the call wins", within=SOON, tells=True)
    tale.expect("sos", "cleared", "band", f"0 {hour}:10:02", "ten minutes later", within=timedelta(seconds=31), because="cleared")
    tale.closes(f"0 {hour}:30", "sos")
at = tale.at("0 12:00")
band.sends(at, {"at": at, "alarm_ok": True, "alarm_sos": True})
tale.expect("sos", "opened", "band", "0 12:00:02", "in one object", within=SOON, tells=True)
tale.expect("sos", "cleared", "band", "0 12:10:02", "ten minutes later", within=timedelta(seconds=31), because="cleared")
