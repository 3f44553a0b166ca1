"""Somebody takes the smoke detector down. The technician hears of it at once; the family does not."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale, only

tale = Tale(days=1, rules=only("device_tamper", "smoke"))
detector = tale.other("detector", DeviceKind.SMOKE)
detector.says("0 10:00", alarm="tamper")
detector.says("0 10:04", alarm="ok")
tale.expect("device_tamper", "opened", "detector", "0 10:00:02", "taken down", within=timedelta(seconds=1), priority="medium")
tale.expect("device_tamper", "cleared", "detector", "0 10:04:02", "it hangs again", within=timedelta(seconds=1))
