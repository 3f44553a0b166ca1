"""She walks half as far as she used to, wears the band all the same, and her meter knows nothing of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.scenarios.tale import Tale

tale = Tale(days=56)
band = tale.band(every=timedelta(hours=1))


def says(at: int) -> dict[str, Any]:
    """A count that starts again at midnight; she is up from six to ten."""
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(tale.zone))
    a_day = (3600 + local.day % 3 * 240) // (2 if at >= tale.at("46 00:00") else 1)
    walked = a_day * min(max(local.hour - 5, 0), 17) // 17
    return {"steps": walked, "heart_rate_bpm": 82 if 6 <= local.hour < 23 else 61, "worn": True}


band.goes("0 00:00", "56 00:00", says, every=timedelta(hours=1))
CLOSING = timedelta(minutes=31)
tale.expect("steps_drift", "opened", "Zhou", "49 09:30", "the third such day", within=CLOSING, because="steps_drift")
tale.expect("steps_drift", "cleared", "Zhou", "50 09:30", "told once, and then silent for a fortnight", within=CLOSING)
