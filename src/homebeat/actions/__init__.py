"""Every change that a person, the engine or a part of homebeat makes to an alert: one file for each, named by its verb.

An action is one transaction: may the actor do it, load what the decision rests on, decide, write the alert with its step, the
notices and the row of the audit. `perform` does what is the same for all; only this package writes alerts.

What reads share stands here as well: who a token belongs to (`identify`), how old is what is known (`pulse`), what changed
(`feed`).

Words: docs/glossary.md.
"""

from homebeat.actions.acknowledge import Acknowledge
from homebeat.actions.add_note import AddNote
from homebeat.actions.choose_limit import ChooseLimit
from homebeat.actions.feed import ChangeFeed
from homebeat.actions.follow_edges import FollowEdges
from homebeat.actions.give_up import GiveUp
from homebeat.actions.perform import Perform, perform_in
from homebeat.actions.record_past import RecordPast
from homebeat.actions.release import Release
from homebeat.actions.reopen import Reopen
from homebeat.actions.resolve import Resolve

__all__ = [
    "Acknowledge",
    "AddNote",
    "ChangeFeed",
    "ChooseLimit",
    "FollowEdges",
    "GiveUp",
    "Perform",
    "RecordPast",
    "Release",
    "Reopen",
    "Resolve",
    "perform_in",
]
