"""The tables of the registry, and of the current states of residents and devices.

Invariants are constraints; times are epoch milliseconds UTC as BIGINT. Columns that end in `_sealed` hold personal fields
(`sealed`); `phone_digest` finds a telephone number without showing it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from homebeat.store.base.metadata import METADATA, Json, Serial

area: Final = Table(
    "area",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent", Text, ForeignKey("area.id"), nullable=True),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    CheckConstraint("parent <> id", name="not_its_own_parent"),
)

#: Each area with itself and with every area above it, retired ones too. It follows `area`: see `areas.rebuild_lines`.
area_above: Final = Table(
    "area_above",
    METADATA,
    Column("area", Text, ForeignKey("area.id"), primary_key=True),
    Column("above", Text, ForeignKey("area.id"), primary_key=True),
    Index("ix_area_above_above", "above", "area"),
)

household: Final = Table(
    "household",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("area", Text, ForeignKey("area.id"), nullable=False, index=True),
    Column("timezone", Text, nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("ask_first", Boolean, nullable=False),
    Column("paired", Json, nullable=False, server_default="[]"),
    Column("plan", Text, nullable=False, server_default=""),
    Column("position_sealed", LargeBinary, nullable=True),
    Column("building", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("kept_by", Text, nullable=False, server_default=""),
    Column("kept_since", BigInteger, nullable=True),
    Column("test_by", Text, nullable=False, server_default=""),
    Column("test_at", BigInteger, nullable=True),
    Column("test_until", BigInteger, nullable=True),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
)

#: What was changed of a home in the console: as it was and as it became (`content_sealed`), so that it can be put back.
#: `version`: of the home after the change.
home_change: Final = Table(
    "home_change",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    UniqueConstraint("household", "version"),
)

#: `enrolled_at`, here and in `device`: since when readings are expected.
resident: Final = Table(
    "resident",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("person_sealed", LargeBinary, nullable=False),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("phone_digest", LargeBinary, nullable=True, index=True),
    Column("language", Text, nullable=False),
    Column("false_alarms_a_month", Double, nullable=True),
    Column("enrolled_at", BigInteger, nullable=False, server_default="0"),
    Column("place", Integer, nullable=False, index=True),
    Column("retired_at", BigInteger, nullable=True),
    CheckConstraint("false_alarms_a_month BETWEEN 0.1 AND 8", name="budget"),
)

NOT_ACTIVE: Final = text("state <> 'active'")
WANTS_NOTES: Final = text("(wants_daily OR wants_weekly)")

#: `ways`: kind and endpoint of each channel, so that the watch can notify people without opening anything. `quiet_hours`: from
#: and to in minutes after midnight, and the priorities that wait; JSON null for none.
#: `place`: of a contact, in the order in which their home's contacts are to be called; of everything else, in the fleet file.
contact: Final = Table(
    "contact",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("person_sealed", LargeBinary, nullable=False),
    Column("channels_sealed", LargeBinary, nullable=False),
    Column("ways", Json, nullable=False),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("phone_digest", LargeBinary, nullable=True, index=True),
    Column("language", Text, nullable=False, server_default="zh-CN"),
    Column("is_resident", Boolean, nullable=False, server_default=false()),
    Column("quiet_hours", Json, nullable=True),
    Column("is_representative", Boolean, nullable=False, server_default=false()),
    Column("wants_daily", Boolean, nullable=False, server_default=false()),
    Column("wants_weekly", Boolean, nullable=False, server_default=false()),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    Column("stopped_at", BigInteger, nullable=True),
    Index("ix_contact_notes", "household", sqlite_where=WANTS_NOTES, postgresql_where=WANTS_NOTES),
)

#: `place`: in the fleet file, which is the order in which to call them. `contract`: of a provider; empty for none.
responder: Final = Table(
    "responder",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("areas", Json, nullable=False),
    Column("everywhere", Boolean, nullable=False),
    Column("account", Text, nullable=False, index=True),
    Column("skills", Json, nullable=False),
    Column("languages", Json, nullable=False),
    Column("person_sealed", LargeBinary, nullable=False),
    Column("channels_sealed", LargeBinary, nullable=False),
    Column("ways", Json, nullable=False),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("contract", Json, nullable=False, server_default="{}"),
    Column("certificates", Json, nullable=False, server_default="[]"),
    Column("quiet_hours", Json, nullable=True),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    CheckConstraint("kind IN ('desk', 'field', 'volunteer', 'provider', 'supervisor')", name="kind"),
)

#: The areas of each responder, as rows; retired ones too. It follows `responder.areas`.
responder_area: Final = Table(
    "responder_area",
    METADATA,
    Column("responder", Text, ForeignKey("responder.id"), primary_key=True),
    Column("area", Text, ForeignKey("area.id"), primary_key=True),
    Index("ix_responder_area_area", "area", "responder"),
)

#: `retired_for`: why it was retired (`domain.retirement`); empty where nobody has said it, and while it is there.
device: Final = Table(
    "device",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False, index=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=True),
    Column("kind", Text, nullable=False),
    Column("codec", Text, nullable=True),
    Column("reports_every_ms", BigInteger, nullable=False),
    Column("resolution_litres", Double, nullable=False),
    Column("gateway", Text, nullable=False, server_default=""),
    Column("model", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("litres_per_pulse", Double, nullable=True),
    Column("measures", Json, nullable=False, server_default="[]"),
    Column("may_ask", Boolean, nullable=True),
    Column("enrolled_at", BigInteger, nullable=False, server_default="0"),
    Column("place", Integer, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    Column("retired_for", Text, nullable=False, server_default=""),
)

away: Final = Table(
    "away",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("household", Text, ForeignKey("household.id"), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=True),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("taught_by", Text, nullable=False),
    Column("place", Integer, nullable=False),
    UniqueConstraint("household", "starts_at", "taught_by"),
    CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_it_starts"),
)

#: How often the code at a home's door was renewed, and by whom last; a home without a row has its first one.
door_code: Final = Table(
    "door_code",
    METADATA,
    Column("household", Text, ForeignKey("household.id"), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("renewed_at", BigInteger, nullable=False),
    Column("renewed_by", Text, nullable=False),
    CheckConstraint("number > 0", name="renewed"),
)

#: By what a resident is found (ADR 0049). `term`: 8 bytes of a keyed digest of a piece of a name, an address or a number. `area`:
#: of their home. Without foreign keys: checking them takes longer than writing the row. `search_index` keeps it.
search_term: Final = Table(
    "search_term",
    METADATA,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("area", Text, primary_key=True),
    Column("resident", Text, primary_key=True),
    Index("ix_search_term_resident", "resident"),
    sqlite_with_rowid=False,
)

#: Homes whose rows of `search_term` are not there, or not as the home is now.
search_pending: Final = Table("search_pending", METADATA, Column("household", Text, ForeignKey("household.id"), primary_key=True))

resident_state: Final = Table(
    "resident_state",
    METADATA,
    Column("resident", Text, ForeignKey("resident.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since_at", BigInteger, nullable=True),
    Column("life_at", BigInteger, nullable=True),
    Column("proven_at", BigInteger, nullable=True),
    Column("away", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    CheckConstraint("state IN ('active', 'quiet', 'unknown')", name="state"),
    # most are active, and those are not looked for: their rows change without it
    Index("ix_resident_state_state", "state", sqlite_where=NOT_ACTIVE, postgresql_where=NOT_ACTIVE),
)

#: The first sign of life of each part of a day, of residents of whom a contact wants notes. `day`: days since 1970-01-01 by the
#: home's wall clock. `is_night`: between midnight and four.
first_sign: Final = Table(
    "first_sign",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("resident", Text, ForeignKey("resident.id"), nullable=False),
    Column("day", Integer, nullable=False),
    Column("is_night", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    UniqueConstraint("resident", "day", "is_night"),
)

device_state: Final = Table(
    "device_state",
    METADATA,
    Column("device", Text, ForeignKey("device.id"), primary_key=True),
    Column("heard_at", BigInteger, nullable=True),
    Column("battery_pct", Double, nullable=True),
    Column("silent", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("beats_every_s", Integer, nullable=True),
    Column("beats_litres", Integer, nullable=True),
)
