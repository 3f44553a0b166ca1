"""Nobody wears the band, so its reports prove nothing about Mr Zhou: he is unknown, not quiet."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
band = tale.band()
band.goes("0 00:00", "2 00:00", lambda _at: {"worn": False, "steps": 4000, "battery_pct": 60})
tale.expect("not_worn", "opened", "band", "0 12:01", "off the wrist from the start")
tale.expect("unknown_too_long", "opened", "Zhou", "1 00:00:30", "nothing was proven since the beginning", tells=True,
            because="unknown_never")  # fmt: skip
