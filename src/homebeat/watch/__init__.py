"""The loop: drain, decode, fold, judge, decide, commit once, acknowledge.

Words: docs/glossary.md.
"""

from homebeat.watch.loop import Watch, WatchOptions

__all__ = ["Watch", "WatchOptions"]
