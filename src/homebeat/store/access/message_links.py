"""Stores the links that messages carry: which contact or responder opens by which secret the page about which alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from homebeat.domain.alert import Subject
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.subject_key import parse_subject_key
from homebeat.store.access import tables
from homebeat.store.access.values import FoundLink, MessageLink
from homebeat.store.alert.tables import alert as alert_table
from homebeat.store.alert.tables import alert_home
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home.tables import area_above, responder_area
from homebeat.store.home.tables import contact as contact_table
from homebeat.store.home.tables import household as household_table
from homebeat.store.home.tables import resident as resident_table
from homebeat.store.home.tables import responder as responder_table
from homebeat.store.notice import tables as notice_tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys

#: Of the digest of a code.
_PURPOSE: Final = "link_code"
_link, _outbox = tables.message_link, notice_tables.outbox


class MessageLinkQueries:
    """Links, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find(self, link_id: str) -> FoundLink | None:
        """Find a link by its digest, whatever it is worth, with all that this depends on.

        It is one query for every digest that finds nothing.
        """
        return self._find(_link.c.id == link_id)

    def find_by_code(self, code: str) -> FoundLink | None:
        """Find the newest link with this code, as `find`."""
        return self._find(_link.c.code_digest == self._digest_code(code))

    def find_by_reference(self, reference: str) -> FoundLink | None:
        """Find the newest link of the message with this name at its provider, as `find`."""
        delivery = notice_tables.delivery
        sent = select(delivery.c.outbox_id).where(delivery.c.reference == reference)
        return self._find(_link.c.notice.in_(narrow(sent, delivery.c.outbox_id, self._scope)))

    def find_notice(self, alert: AlertId, contact: ContactId) -> str | None:
        """Find the newest notice about an alert that was meant for a contact or responder; None where there was none."""
        query = select(_outbox.c.id).where(_outbox.c.alert_id == alert, _outbox.c.contact == contact)
        query = query.order_by(_outbox.c.created_at.desc(), _outbox.c.id).limit(1)
        return self._connection.scalar(narrow(query, _outbox.c.id, self._scope))

    def _find(self, which: ColumnElement[bool]) -> FoundLink | None:
        alert, contact, home, staff = alert_table, contact_table, household_table, responder_table
        subject = (alert.c.household, alert.c.resident, alert.c.subject_key)
        columns = (_outbox.c.alert_id, *subject, alert.c.area, home.c.area.label("home_area"))
        languages = (contact.c.language, staff.c.language.label("staff_language"), staff.c.id.label("responder"))
        query = select(_link, *columns, *languages, home.c.timezone).select_from(_link)
        query = query.join(_outbox, _outbox.c.id == _link.c.notice).join(alert, alert.c.id == _outbox.c.alert_id)
        query = query.outerjoin(home, home.c.id == alert.c.household)
        # a contact who left, or who is of another home now, joins nothing; neither does a responder who answers there no more
        of_home = and_(contact.c.id == _link.c.contact, contact.c.household == home.c.id, contact.c.retired_at.is_(None))
        place, line = responder_area, area_above
        covers = select(place.c.responder).join(line, line.c.above == place.c.area)
        covers = narrow(
            covers.where(place.c.responder == staff.c.id, line.c.area == func.coalesce(home.c.area, alert.c.area)),
            place.c.area,
            self._scope,
        )
        of_staff = and_(
            staff.c.id == func.substr(_link.c.contact, 2),
            _link.c.contact.startswith("/"),
            staff.c.retired_at.is_(None),
            or_(staff.c.everywhere, covers.exists()),
        )
        query = query.outerjoin(contact, of_home).outerjoin(staff, of_staff).where(which)
        query = query.where(or_(contact.c.id.is_not(None), staff.c.id.is_not(None))).order_by(_link.c.made_at.desc()).limit(1)
        row = self._connection.execute(narrow(query, _link.c.notice, self._scope)).mappings().first()
        if row is None:
            return None
        if row["household"]:
            about = Subject(HouseholdId(row["household"]), None if row["resident"] is None else ResidentId(row["resident"]))
            homes, timezone = frozenset[HouseholdId](), row["timezone"]
        else:
            about = parse_subject_key(row["subject_key"])
            homes, timezone = self._find_homes(row["alert_id"])
        areas = {AreaId(area) for area in (row["area"], row["home_area"]) if area is not None}
        names = ("id", "notice", "contact", "made_at", "ends_at", "revoked_at")
        link = MessageLink(*(row[name] for name in names))
        responder = None if row["responder"] is None else ResponderId(row["responder"])
        language = row["language"] or row["staff_language"]
        return FoundLink(link, AlertId(row["alert_id"]), about, language, frozenset(areas), timezone, responder, homes)

    def _find_homes(self, alert_id: str) -> tuple[frozenset[HouseholdId], str]:
        """Find the homes that an alert about many homes names, and the time zone of one of them."""
        query = select(alert_home.c.household, household_table.c.timezone).where(alert_home.c.alert_id == alert_id)
        query = query.join(household_table, household_table.c.id == alert_home.c.household)
        rows = self._connection.execute(narrow(query, alert_home.c.household, self._scope)).all()
        return frozenset(HouseholdId(row.household) for row in rows), rows[0].timezone if rows else "UTC"

    def _digest_code(self, code: str) -> bytes:
        # keyed: of eight characters, whoever has the database alone could try them all
        return self._keys.compute_digest(_PURPOSE, code)

    def count_valid(self, contacts: Iterable[ContactId], now: int) -> dict[ContactId, int]:
        """Count the links of each of these contacts that still open a page at `now` (epoch ms); who has none is left out."""
        found: dict[ContactId, int] = {}
        for some in split_chunks(contacts):
            query = select(_link.c.contact, func.count().label("links")).where(match_any(_link.c.contact, some))
            query = query.where(_link.c.ends_at > now, _link.c.revoked_at.is_(None)).group_by(_link.c.contact)
            rows = self._connection.execute(narrow(query, _link.c.notice, self._scope))
            found.update((ContactId(row.contact), row.links) for row in rows)
        return found


class MessageLinks(MessageLinkQueries):
    """Links, for writing."""

    def add(self, links: Iterable[MessageLink]) -> None:
        """Store new links. Older ones go on: the receiver of a message may have kept the first."""
        rows = [
            {
                "id": link.id,
                "notice": link.notice,
                "contact": link.contact,
                "made_at": link.made_at,
                "ends_at": link.ends_at,
                "code_digest": self._digest_code(link.code) if link.code else None,
            }
            for link in links
        ]
        if rows:
            self._connection.execute(insert(_link), rows)

    def revoke(self, resident: ResidentId, contact: ContactId, now: int) -> int:
        """End the links of a contact of a resident's home; returns how many were still good at `now` (epoch ms).

        Raises:
            NotFound: No resident in the scope has this id, or their home has no such contact.
        """
        homes = select(resident_table.c.household).where(resident_table.c.id == resident)
        homes = narrow(homes, resident_table.c.household, self._scope)
        theirs = select(contact_table.c.id).where(contact_table.c.id == contact, contact_table.c.household.in_(homes))
        if self._connection.scalar(narrow(theirs, contact_table.c.household, self._scope)) is None:
            raise NotFound("there is no such resident, or their home has no such contact")
        good = (_link.c.contact == contact, _link.c.ends_at > now, _link.c.revoked_at.is_(None))
        return self._connection.execute(update(_link).where(*good).values(revoked_at=now)).rowcount
