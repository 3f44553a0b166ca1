"""Silences, as the actions on them share it: what is checked, what is written and what the audit keeps."""

from __future__ import annotations

from typing import Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound
from homebeat.domain.silence import LONGEST_MS, SHORTEST_MS, Silence, can_be_silenced
from homebeat.rules.catalogue import RULES

SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


def describe(silence: Silence) -> Record:
    """The record of an action on a silence. Why is not in it: a reason may name people, and stands sealed beside the silence."""
    return Record(
        f"area:{silence.area}" if silence.household is None else f"household:{silence.household}",
        {"silence": silence.id, "rule": silence.rule, "from": max(silence.at, silence.starts_at), "until": silence.ends_at},
    )


def check_wanted(reason: str, lasts_ms: int) -> str:
    """Check the reason and the time; returns the reason without blanks around it.

    Raises:
        Incomplete: One of them cannot be.
    """
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
    if not SHORTEST_MS <= lasts_ms <= LONGEST_MS:
        raise Incomplete(f"a silence lasts 1 to {LONGEST_MS // MINUTE_MS} minutes")
    return said


def check_rule(rule: str) -> None:
    """Make sure that a rule can be silenced.

    Raises:
        NotAllowed: It cannot, or there is no such rule.
    """
    found = RULES.get(rule)
    if found is None or not can_be_silenced(rule, found.priority):
        raise NotAllowed(f"{rule} cannot be silenced: it calls for help, is critical, or is no rule of the catalogue")


def list_origin(work: Work, lasts_ms: int) -> tuple[str, int, int]:
    """List who makes a silence, when, and when it ends; epoch ms."""
    return str(work.actor), work.now, work.now + lasts_ms


def add_silence(work: Work, new: Silence) -> Silence:
    """Write a silence; returns it as it is stored."""
    found = work.tx.silences.find(work.tx.silences.add(new))
    if found is None:
        raise NotFound(f"the area of this silence of {new.rule} is gone")
    return found
