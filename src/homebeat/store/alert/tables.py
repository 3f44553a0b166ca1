"""The tables of alerts, their history and their queues.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from homebeat.store.base.metadata import METADATA, Json, Serial

#: Queries and partial indexes use the same text, so that both planners see that they match.
UNRESOLVED: Final = text("answer <> 'resolved'")

IN_DIGEST: Final = text("queue = 'digest'")

#: In one of `domain.alert.WAITING`.
WAITING: Final = text("queue NOT IN ('digest', 'none')")

#: Alerts that wait for somebody and have no area: they are in the queue of every area.
PLACELESS: Final = text("answer <> 'resolved' AND queue NOT IN ('digest', 'none') AND area IS NULL")

#: Visits whose visitor is expected at the door.
EXPECTED: Final = text("due_at IS NOT NULL")

_OPEN_WAITING: Final = text("answer <> 'resolved' AND queue NOT IN ('digest', 'none')")

alert: Final = Table(
    "alert",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("household", Text, nullable=False),
    Column("area", Text, nullable=True),
    Column("resident", Text, nullable=True),
    Column("device", Text, nullable=True),
    Column("priority_rank", SmallInteger, nullable=False),
    Column("desk", Text, nullable=False),
    Column("queue", Text, nullable=False, server_default="care"),
    Column("opened_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_params", Json, nullable=False),
    Column("condition", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("outcome", Text, nullable=True),
    Column("contradicted", Boolean, nullable=False),
    Column("acknowledged_at", BigInteger, nullable=True),
    Column("resolved_at", BigInteger, nullable=True),
    Column("resolved_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("transition", Text, nullable=False),
    CheckConstraint("priority_rank BETWEEN 0 AND 3", name="priority"),
    CheckConstraint("queue IN ('care', 'property', 'devices', 'digest', 'none')", name="queue"),
    CheckConstraint("condition IN ('firing', 'cleared')", name="condition"),
    CheckConstraint("answer IN ('unacknowledged', 'acknowledged', 'resolved')", name="answer"),
    CheckConstraint("(answer = 'resolved') = (outcome IS NOT NULL)", name="resolved_needs_outcome"),
    Index("uq_alert_unresolved", "rule", "subject_key", unique=True, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index("ix_alert_queue", "priority_rank", "opened_at", "id", sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index("ix_alert_answer", "answer", "priority_rank", "opened_at", "id"),
    Index("ix_alert_household", "household", "opened_at"),
    Index("ix_alert_resident", "resident", "opened_at"),
    Index("ix_alert_open_resident", "resident", sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED),
    Index(
        "ix_alert_of_queue",
        "queue",
        "priority_rank",
        "opened_at",
        "id",
        "answer",
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    ),
    Index(
        "ix_alert_of_queue_answer",
        "queue",
        "answer",
        "priority_rank",
        "opened_at",
        "id",
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    ),
    # with what row-level security asks of a row, so that a count reads the index alone
    Index(
        "ix_alert_counts",
        "queue",
        "priority_rank",
        "answer",
        sqlite_where=_OPEN_WAITING,
        postgresql_where=_OPEN_WAITING,
        postgresql_include=["area", "household"],
    ),
    Index(
        "ix_alert_placeless",
        "queue",
        "answer",
        "priority_rank",
        "opened_at",
        "id",
        sqlite_where=PLACELESS,
        postgresql_where=PLACELESS,
    ),
    Index("ix_alert_opened", "opened_at", "id"),
    Index("ix_alert_resolved", "resolved_at"),
    Index("ix_alert_digest", "opened_at", "id", sqlite_where=IN_DIGEST, postgresql_where=IN_DIGEST),
    # an alert has several steps, and few of them change what an index holds: with room beside it they cost no index a write
    postgresql_with={"fillfactor": 60},
)

#: Each unresolved alert under its area and under every area above that: the queue of a district is one range of an index,
#: however many streets it has and however few of the alerts are its own.
alert_area: Final = Table(
    "alert_area",
    METADATA,
    Column("area", Text, ForeignKey("area.id"), primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("answer", Text, primary_key=True),
    Column("priority_rank", SmallInteger, primary_key=True, autoincrement=False),
    Column("opened_at", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True, index=True),
)

transition: Final = Table(
    "transition",
    METADATA,
    Column("key", String(24), primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_params", Json, nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=True),
    UniqueConstraint("alert_id", "seq"),
)

#: The order in which steps were committed, and how the alert stood after each: what other systems follow.
alert_event: Final = Table(
    "alert_event",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("priority_rank", SmallInteger, nullable=False),
    Column("condition", Text, nullable=False),
    Column("answer", Text, nullable=False),
    UniqueConstraint("alert_id", "seq"),
    sqlite_autoincrement=True,
)

#: Who was sent to the door, and how far they came. `set_at`: as in `deadline`.
visit: Final = Table(
    "visit",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False, index=True),
    Column("visitor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=True, index=True),
    Column("set_at", BigInteger, nullable=False),
    Column("assigned_at", BigInteger, nullable=False),
    Column("assigned_by", Text, nullable=False),
    Column("en_route_at", BigInteger, nullable=True),
    Column("at_door_at", BigInteger, nullable=True),
    Column("ended_at", BigInteger, nullable=True, index=True),
    Column("proof", Text, nullable=False),
    Column("resumed_at", BigInteger, nullable=True),
    Column("nearness", Text, nullable=False, server_default=""),
    Column("distance_m", Integer, nullable=True),
    Column("accuracy_m", Integer, nullable=True),
    Column("wrong_codes", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('assigned', 'en_route', 'at_door', 'seen', 'missed', 'cancelled', 'declined')", name="state"),
    CheckConstraint("(due_at IS NULL) = (state IN ('seen', 'missed', 'cancelled', 'declined'))", name="due_while_live"),
    Index("uq_visit_live", "alert_id", "visitor", unique=True, sqlite_where=EXPECTED, postgresql_where=EXPECTED),
)

#: What somebody sent from the door: a JPEG, sealed with the key of the home. `visitor`: as histories name actors.
visit_photo: Final = Table(
    "visit_photo",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False, index=True),
    Column("visit", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("content_sealed", LargeBinary, nullable=False),
)

#: What an area wants done about alerts of one rule (`domain.guide`): one step a line. `before`: what it was, to put it back.
guide: Final = Table(
    "guide",
    METADATA,
    Column("area", Text, ForeignKey("area.id"), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)

#: Edges that a stage held back although people would have seen them. They are shown on the alert that the edge is about.
suppression: Final = Table(
    "suppression",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("alert_id", Text, ForeignKey("alert.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_params", Json, nullable=False, server_default="{}"),
    UniqueConstraint("alert_id", "stage", "kind", "at"),
)

#: What somebody wants to hear nothing of, and until when (`domain.silence`). `subject_key`: empty for a whole area. The reason is
#: sealed with the key of the home; with that of the installation where it is about an area.
silence: Final = Table(
    "silence",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("rule", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("household", Text, ForeignKey("household.id"), nullable=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False, server_default="0"),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("lifted_by", Text, nullable=False),
    Column("lifted_at", BigInteger, nullable=True),
    Column("held", Integer, nullable=False),
    CheckConstraint("ends_at > at", name="ends_after_it_begins"),
    CheckConstraint("(subject_key = '') = (household IS NULL)", name="subject_or_area"),
    sqlite_autoincrement=True,
)

#: The last edge of each rule and subject whose alert is held back, and by what: a silence, or the alert about the cause that many
#: homes share. It is decided on again when that is over, and at `until`. `held_at`: since when, by the database's clock.
held_edge: Final = Table(
    "held_edge",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("subject_key", Text, primary_key=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("silence", BigInteger, ForeignKey("silence.id"), nullable=True, index=True),
    Column("cause", Text, ForeignKey("alert.id"), nullable=True, index=True),
    Column("held_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=True),
    Column("edge", Json, nullable=False),
    CheckConstraint("(silence IS NULL) <> (cause IS NULL)", name="one_holder"),
)

#: The homes of an alert about a cause that many homes share. `place`: their order of need when they were found; `held`: how many
#: of their alerts have waited behind it.
alert_home: Final = Table(
    "alert_home",
    METADATA,
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True),
    Column("household", Text, ForeignKey("household.id"), primary_key=True, index=True),
    Column("place", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("mark", Text, nullable=False, server_default=""),
    Column("marked_at", BigInteger, nullable=True),
    CheckConstraint("mark IN ('', 'seen', 'not_opened')", name="mark"),
)

#: Until when somebody has to answer: one row for each alert that waits for people. `set_at`: when that was reckoned, by the same
#: clock; if that lies in the future, `due_at` does not hold. `step`, `notified` and `repeat` say where the plan goes on.
deadline: Final = Table(
    "deadline",
    METADATA,
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    Column("set_at", BigInteger, nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("notified", Json, nullable=False, server_default="[]"),
    Column("repeat", Integer, nullable=False),
    CheckConstraint("kind IN ('step', 'owner')", name="kind"),
    CheckConstraint("step >= 0 AND repeat >= 0", name="position"),
)

#: What the last closing of an alert ended, so that undoing it brings that back: its deadline, its visits, and the absence that
#: the family had told of. It is kept a little longer than a closing can be undone.
closing: Final = Table(
    "closing",
    METADATA,
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("ended", Json, nullable=False),
)
