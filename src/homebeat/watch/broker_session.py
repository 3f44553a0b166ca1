"""Whether the broker still has the session in which messages wait for us; when it has lost it, people are told."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import SESSION_LOST, Reason, Subject
from homebeat.ingest.source import SourceState
from homebeat.watch.saying import Saying

SUBJECT: Final = Subject(service="broker-session")


class BrokerSession:
    """Compares what the broker says with what we knew, also with what an earlier process knew.

    Args:
        before: The session that an earlier watch had on this database; empty when none is known.
    """

    def __init__(self, before: str) -> None:
        self.known = self._before = before
        self._lost = 0

    def look(self, state: SourceState, saying: Saying) -> bool:
        """Say what was lost since the last call; returns whether `known` has changed and wants to be kept."""
        lost = state.sessions_lost + (state.began_anew and self._before == state.session != "")
        if lost > self._lost:
            self._lost = lost
            saying.opens(SESSION_LOST, SUBJECT, Reason(SESSION_LOST, {"session": state.session}))
        before, self.known = self.known, state.session if state.subscribed else self.known
        return self.known != before
