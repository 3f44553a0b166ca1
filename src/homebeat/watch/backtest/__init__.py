"""Replays history under several settings at once, and compares: alert load, delay of injected collapses, who changes."""

from homebeat.watch.backtest.compare import compare
from homebeat.watch.backtest.labels import Closed
from homebeat.watch.backtest.report import Comparison
from homebeat.watch.backtest.shard import Block, Plan, Shard, ShardResult
from homebeat.watch.backtest.split import Split, split

__all__ = ["Block", "Closed", "Comparison", "Plan", "Shard", "ShardResult", "Split", "compare", "split"]
