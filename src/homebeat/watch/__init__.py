"""The loop: drain, decode, fold, judge, decide, commit once, acknowledge."""

from homebeat.watch.loop import Watch, WatchOptions

__all__ = ["Watch", "WatchOptions"]
