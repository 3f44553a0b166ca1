"""Alerts in memory: replays, back-tests, the demo's past and scenarios decide over them, in place of the store."""

from __future__ import annotations

from collections.abc import Iterable

from homebeat.domain.alert import Alert, Answer, Condition, Edge
from homebeat.response.decide import Decision, decide_all
from homebeat.response.situation import Situation


class Book:
    """Decides on edges as the watch does, over its own situation.

    Args:
        situation: What is known at the beginning; nothing if not given.
        ends_with_condition: Nobody answers alerts in a recording. Then an alert counts as answered once its condition is over,
            and the next time is a new alert.
    """

    def __init__(self, situation: Situation | None = None, *, ends_with_condition: bool = False) -> None:
        self.situation = situation or Situation()
        self._ends_with_condition = ends_with_condition

    def decide(self, edges: Iterable[Edge]) -> Decision:
        """Decide on edges in the engine's order, and remember the result."""
        decision = Decision()
        for edge in edges:
            decided = decide_all(self.situation, [edge])
            if self._ends_with_condition:
                for alert, _step in decided.changes:
                    self._end(alert)
            decision.add(decided)
        return decision

    def enter(self, alert: Alert) -> None:
        """Take in an alert as a person has changed it."""
        self.situation.follow(alert)

    def _end(self, alert: Alert) -> None:
        if alert.condition is Condition.CLEARED and alert.answer is not Answer.RESOLVED:
            self.situation.standing.pop((alert.rule, alert.subject.key), None)
            self.situation.known.discard(alert.id)
