"""The meter's clock lost eighteen days. Live totals are placed at their arrival, and nothing is alarmed about the past."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.draws_daily(0, 2, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
behind = 18 * 86_400_000
for at in range(tale.starts_at, tale.ends_at, 3_600_000):
    meter.sends(at, {"at": at - behind, "volume_m3": meter.total(at)})
