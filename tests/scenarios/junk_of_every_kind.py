"""A gateway goes mad between good reports. All of it is set aside with a reason, and an SOS beside nonsense is still heard."""

from homebeat.domain.inbound import QuarantineReason as Why
from tests.scenarios.tale import Sender, Tale

tale = Tale(days=1)
meter, band = tale.meter(), tale.band()
meter.draws_daily(0, 0, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 00:00")
band.lies_still("0 00:00", "1 00:00", steps=50)
noise = [b"", b"\x00\xff\x13", b"{", b'"hello"', b"[]", b"[[1]]", b'{"volume_m3": 1e18}', b'{"volume_m3": -3}']
noise += [b'{"volume_m3": NaN}', b'{"volume_m3": "many"}', b'{"at": "yesterday", "volume_m3": 1}', b"x" * 70_000]
for i, payload in enumerate(noise):
    meter.sends(f"0 09:{i:02}", payload)
meter.sends("0 09:30", [{"at": 0, "volume_m3": 1}])
Sender(tale, "somebody-else").sends("0 09:40", {"volume_m3": 1})
band.sends("0 15:00:20", {"at": tale.at("0 15:00:20"), "alarm": "sos", "battery_pct": 4000})
for why, count in (
    (Why.NOT_JSON, 3), (Why.WRONG_SHAPE, 2), (Why.EMPTY, 1), (Why.ABSURD_VALUE, 3), (Why.WRONG_TYPE, 3), (Why.TOO_LARGE, 1),
    (Why.ABSURD_TIME, 1), (Why.UNKNOWN_DEVICE, 1),
):  # fmt: skip
    tale.sets_aside(why, count)
tale.expect("sos", "opened", "band", "0 15:00:22", "the battery beside it is nonsense, the call is not", tells=True)
tale.expect("sos", "cleared", "band", "0 15:10:30", "ten minutes later")
