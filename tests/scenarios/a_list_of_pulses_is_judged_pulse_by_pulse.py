"""The band measures each minute and sends five values at once. Ten minutes above the limit count; one calm value breaks them."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=1)
band = tale.band()
minute = 60_000


def pulse(at: int) -> int:
    """High from 10:00 to 10:20 but for one minute, and from 15:00 to 15:20 without a break."""
    since = (at - tale.at("0 10:00")) // minute
    if 0 <= since < 20 and since != 9:
        return 150
    return 150 if 300 <= since < 320 else 75


for end in range(tale.at("0 00:05"), tale.at("1 00:00"), 5 * minute):
    times = range(end - 4 * minute, end + minute, minute)
    band.sends(end, [{"at": at, "worn": True, "heart_rate_bpm": pulse(at), "steps": at // (30 * minute)} for at in times])
tale.expect("heart_rate", "opened", "band", "0 15:11", "ten minutes without a calm value", tells=True, because="heart_rate_high",
            within=timedelta(minutes=6))  # fmt: skip
tale.expect("heart_rate", "cleared", "band", "0 15:26", "calm for five minutes", within=timedelta(minutes=6))
