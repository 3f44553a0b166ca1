"""Replays history under several settings at once, and compares: alert load, delay of injected collapses, who changes.

Words: docs/glossary.md.
"""

from homebeat.backtest.compare import compare
from homebeat.backtest.labels import ClosedAlert
from homebeat.backtest.replay import AlertLoad, Replay
from homebeat.backtest.report import Comparison
from homebeat.backtest.shard import Block, Plan, Shard, ShardResult
from homebeat.backtest.split import Split, split

__all__ = [
    "AlertLoad",
    "Block",
    "ClosedAlert",
    "Comparison",
    "Plan",
    "Replay",
    "Shard",
    "ShardResult",
    "Split",
    "compare",
    "split",
]
