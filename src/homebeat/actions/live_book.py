"""Finds the response plans in force: those of the settings, with what the console says laid over them.

This is the one place where a process follows the console. It is asked in each transaction, and reads the changes again only
where the revision of the settings is another than the last time.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from homebeat.actions.setting_changes import read_laid_over
from homebeat.settings.console_changes import LaidOver

if TYPE_CHECKING:
    from homebeat.domain.response_plan import PlanBook
    from homebeat.domain.scope import Scope
    from homebeat.settings.model import InForce
    from homebeat.store import ReadSession, UnitOfWork

#: So many scopes are kept: people of a few areas share them.
_MOST_KEPT: Final = 200
_log = logging.getLogger(__name__)


class LiveBook:
    """Finds them. Safe to use from many threads.

    Somebody with a scope finds what is said of their areas, of those above, and of everywhere: all that can hold for them.

    Args:
        base: What file and environment say.
    """

    def __init__(self, base: InForce) -> None:
        self._base: Final = base
        self._kept: dict[Scope, tuple[int, PlanBook]] = {}

    def __call__(self, reader: ReadSession | UnitOfWork) -> PlanBook:
        """Find them as this transaction sees them. What cannot be used is left out; nothing that is stored stops an alert.

        Raises:
            Unavailable: The database is away.
        """
        revision, scope = reader.setting_changes.read_revision(), reader.setting_changes.scope
        known = self._kept.get(scope)
        if known is not None and known[0] == revision:
            return known[1]
        try:
            laid = read_laid_over(reader, self._base)
        except (ValueError, TypeError, KeyError, AttributeError):
            # kept like any other: what cannot be read is tried again when somebody changes it, not with each alert
            _log.exception("what the console says of response plans cannot be read: those of the settings hold")
            laid = LaidOver(self._base)
        for one in laid.left_out:
            _log.warning("%s", one)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[scope] = revision, laid.force.book
        return laid.force.book
