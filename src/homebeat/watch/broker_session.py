"""Finds whether the broker still has the session in which messages wait for us. If it lost the session, an alert opens."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import SESSION_LOST, Reason, Subject
from homebeat.ingest.source import SourceState
from homebeat.watch.own_alerts import OwnAlerts

SUBJECT: Final = Subject(service="broker-session")


class BrokerSession:
    """Compares the broker's session with the last one that we knew, in this process or an earlier one.

    Args:
        before: The session that an earlier watch had on this database; empty when none is known.
    """

    def __init__(self, before: str) -> None:
        self.known = self._before = before
        self._lost = 0

    def look(self, state: SourceState, own_alerts: OwnAlerts) -> bool:
        """Open an alert about a lost session since the last call; returns whether `known` has changed and must be stored."""
        lost = state.sessions_lost + (state.is_new_session and self._before == state.session != "")
        if lost > self._lost:
            self._lost = lost
            own_alerts.open(SESSION_LOST, SUBJECT, Reason(SESSION_LOST, {"session": state.session}))
        before, self.known = self.known, state.session if state.subscribed else self.known
        return self.known != before
