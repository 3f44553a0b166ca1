"""The loop: drain, decode, fold, judge, decide, commit once, acknowledge."""

from homebeat.watch.loop import Watch, WatchOptions
from homebeat.watch.ports import Source, SourceState

__all__ = ["Source", "SourceState", "Watch", "WatchOptions"]
