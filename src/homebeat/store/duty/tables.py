"""The tables of rotas, shifts, leave, feeds, hand-overs, of what providers were asked, and of follow-ups.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT, days are those of the rota's zone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from homebeat.store.base.metadata import METADATA, Json, Serial

#: `pattern`: first day, shifts, hours and the exceptions of the rota file. `kept_since`: the console keeps it; NULL where the
#: file does. `before`: area, kind, zone and pattern before its last change in the console; NULL where it was not there.
rota: Final = Table(
    "rota",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("pattern", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    Column("kept_since", BigInteger, nullable=True),
    Column("before", Json, nullable=True),
    CheckConstraint("kind IN ('desk', 'field', 'volunteer', 'provider', 'supervisor')", name="kind"),
)

#: The holidays of a year by a calendar of the settings, as they were last followed; a year without a row has ordinary days.
holiday_year: Final = Table(
    "holiday_year",
    METADATA,
    Column("calendar", Text, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("off", Json, nullable=False),
    Column("work", Json, nullable=False),
)

#: That somebody else has a shift than the rota file says, or nobody (`responder` is null); what was entered last counts.
shift_change: Final = Table(
    "shift_change",
    METADATA,
    Column("rota", Text, ForeignKey("rota.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("responder", Text, ForeignKey("responder.id"), nullable=True),
    Column("cause", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint("cause IN ('given', 'swap', 'leave')", name="cause"),
)

leave: Final = Table(
    "leave",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("responder", Text, ForeignKey("responder.id"), nullable=False, index=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
)

#: The shifts of the coming weeks as they follow from rotas and changes, and those that were. `responder`: null for nobody.
shift: Final = Table(
    "shift",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("rota", Text, ForeignKey("rota.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("name", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("responder", Text, ForeignKey("responder.id"), nullable=True),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
    Index("ix_shift_rota_ends_at", "rota", "ends_at"),
    Index("ix_shift_responder_ends_at", "responder", "ends_at"),
)

#: A secret address of somebody's shifts. `digest`: SHA-256 of what the address holds.
shift_feed: Final = Table(
    "shift_feed",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("responder", Text, ForeignKey("responder.id"), nullable=False, index=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
)

#: That the open alerts of somebody are offered to somebody else by name. `moved`: how many went over when it was accepted.
hand_over: Final = Table(
    "hand_over",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("leaving", Text, nullable=False),
    Column("accepting", Text, nullable=False),
    Column("offered_by", Text, nullable=False),
    Column("offered_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=True),
    Column("moved", Integer, nullable=True),
)

#: Who gets the work of a provider. No row: the provider, and nothing has ever happened.
circuit: Final = Table(
    "circuit",
    METADATA,
    Column("provider", Text, ForeignKey("responder.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    CheckConstraint("state IN ('closed', 'open', 'trial')", name="state"),
)

#: Every state that a circuit has been in, the present one too. `reason_sealed`: what a person said about it.
circuit_step: Final = Table(
    "circuit_step",
    METADATA,
    Column("provider", Text, ForeignKey("responder.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
)

#: Orders that nobody has judged yet.
OPEN_ORDER: Final = text("verdict IS NULL")

#: What was asked of a provider about an alert, and what became of it. `verdict`: null while it is open.
provider_order: Final = Table(
    "provider_order",
    METADATA,
    Column("provider", Text, ForeignKey("responder.id"), primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True, index=True),
    Column("asked_at", BigInteger, nullable=False),
    Column("verdict", Text, nullable=True),
    Column("settled_at", BigInteger, nullable=True),
    Column("answered_at", BigInteger, nullable=True),
    Column("door_at", BigInteger, nullable=True),
    CheckConstraint("verdict IN ('kept', 'late', 'missed', 'declined', 'unanswered', 'excused')", name="verdict"),
    CheckConstraint("(verdict IS NULL) = (settled_at IS NULL)", name="settled_with_verdict"),
    Index("ix_provider_order_asked_at", "provider", "asked_at", "verdict"),
    Index("ix_provider_order_open", "asked_at", sqlite_where=OPEN_ORDER, postgresql_where=OPEN_ORDER),
)

#: A visit of a volunteer that is over. It stays when the visit is deleted with its alert, and is never changed.
service_entry: Final = Table(
    "service_entry",
    METADATA,
    Column("visit", Text, primary_key=True),
    Column("responder", Text, ForeignKey("responder.id"), nullable=False),
    Column("started_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger, nullable=False, index=True),
    CheckConstraint("ended_at >= started_at", name="ends_after_it_starts"),
)

#: What somebody has added to the hours of a month, or taken off. Never changed: another correction stands beside it.
hours_correction: Final = Table(
    "hours_correction",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("responder", Text, ForeignKey("responder.id"), nullable=False),
    Column("month", Text, nullable=False, index=True),
    Column("minutes", Integer, nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

#: Complaints of which nobody was notified yet.
NEW_COMPLAINT: Final = text("notified_at IS NULL")

#: A complaint about somebody who went to the door, or did not. Never deleted, so it names its alert without a reference.
#: `counts_from`: since when it is known whom it concerns.
complaint: Final = Table(
    "complaint",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("household", Text, ForeignKey("household.id"), nullable=True),
    Column("alert_id", Text, nullable=True),
    Column("responder", Text, ForeignKey("responder.id"), nullable=True),
    Column("what_sealed", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("word_sealed", LargeBinary, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", BigInteger, nullable=True),
    Column("counts_from", BigInteger, nullable=True, index=True),
    Column("notified_at", BigInteger, nullable=True),
    CheckConstraint("state IN ('open', 'upheld', 'rejected')", name="state"),
    CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_with_state"),
    CheckConstraint("(responder IS NULL) = (counts_from IS NULL)", name="counts_for_responder"),
    Index("ix_complaint_responder", "responder", "alert_id"),
    Index("ix_complaint_new", "id", sqlite_where=NEW_COMPLAINT, postgresql_where=NEW_COMPLAINT),
)

#: Follow-ups that wait for an answer.
WAITING_FOLLOW_UP: Final = text("state = 'waiting'")

#: Whether somebody came in a closed case, and whether it was right. `asked`: to how many of the family it was written.
follow_up: Final = Table(
    "follow_up",
    METADATA,
    Column("alert_id", Text, ForeignKey("alert.id"), primary_key=True),
    Column("due_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=True),
    Column("asked", Integer, nullable=False),
    Column("answer", Text, nullable=True),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", BigInteger, nullable=True),
    Column("complaint", BigInteger, ForeignKey("complaint.id"), nullable=True),
    CheckConstraint("state IN ('waiting', 'answered', 'unanswered')", name="state"),
    CheckConstraint("answer IN ('good', 'nobody', 'wrong')", name="answer"),
    CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="answered_with_answer"),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_with_answer"),
    Index("ix_follow_up_state", "state", "due_at", "alert_id"),
    Index("ix_follow_up_waiting", "ends_at", sqlite_where=WAITING_FOLLOW_UP, postgresql_where=WAITING_FOLLOW_UP),
)
