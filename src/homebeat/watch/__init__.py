"""The loop: drain, decode, fold, judge, decide, commit once, acknowledge."""

from homebeat.watch.loop import Watch, WatchOptions
from homebeat.watch.replay import Load, Replay

__all__ = ["Load", "Replay", "Watch", "WatchOptions"]
