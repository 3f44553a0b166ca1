"""Says of alarms that somebody has announced a test of the home. They are real ones all the same."""

from __future__ import annotations

from collections.abc import Iterable

from homebeat.console.card.evidence import find_zone
from homebeat.console.web.person import name_actor
from homebeat.domain.announced_test import CALLING, AnnouncedTest
from homebeat.domain.ids import AlertId
from homebeat.store import AlertEntry, ReadSession
from homebeat.wording import Wording


def mark_tests(reader: ReadSession, entries: Iterable[AlertEntry], words: Wording) -> dict[AlertId, str]:
    """Mark those of these alerts that may be an announced test."""
    calling = [(one, one.alert.subject.household) for one in entries if one.alert.rule in CALLING]
    found = reader.home_changes.find_tests(home for _, home in calling if home is not None) if calling else {}
    return {
        one.alert.id: write_test(found[home], words, one.timezone)
        for one, home in calling
        if home is not None and home in found and found[home].covers(one.alert)
    }


def write_test(test: AnnouncedTest, words: Wording, zone: str) -> str:
    """Write who announced a test, and until when."""
    clock = words.clock(test.until, find_zone(zone))
    return words.text("test announced by %(name)s until %(clock)s", name=name_actor(test.actor, words), clock=clock)
