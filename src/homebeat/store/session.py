"""The two kinds of session: a unit of work, which writes, and a read session, which cannot."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from homebeat.domain.errors import Refused, Unavailable
from homebeat.store.access.accounts import AccountQueries, Accounts
from homebeat.store.access.answers import Answers
from homebeat.store.access.consents import ConsentQueries, Consents
from homebeat.store.access.glass import Glasses, GlassQueries
from homebeat.store.access.identities import Identities, IdentityQueries
from homebeat.store.access.keys import ApiKeyQueries, ApiKeys
from homebeat.store.access.links import LinkQueries, Links
from homebeat.store.access.message_links import MessageLinkQueries, MessageLinks
from homebeat.store.access.pending import PendingSignIns
from homebeat.store.access.sessions import ConsoleSessions, SessionQueries
from homebeat.store.access.tries import Tries
from homebeat.store.alert.closings import Closings
from homebeat.store.alert.deadlines import DeadlineQueries, Deadlines
from homebeat.store.alert.events import EventQueries
from homebeat.store.alert.evidence import EvidenceQueries
from homebeat.store.alert.guides import GuideQueries, Guides
from homebeat.store.alert.held import HeldEdges, HeldQueries
from homebeat.store.alert.locked import LockedAlerts
from homebeat.store.alert.model_evidence import ModelEvidence
from homebeat.store.alert.photos import PhotoQueries, Photos
from homebeat.store.alert.reads import AlertQueries
from homebeat.store.alert.silences import SilenceQueries, Silences
from homebeat.store.alert.visits import VisitQueries, Visits
from homebeat.store.audit.noted import NotedEntries
from homebeat.store.audit.reads import AuditQueries
from homebeat.store.audit.signed_checkpoints import SignedCheckpoints
from homebeat.store.base.database import cut_to_first_line, drop_values, is_away
from homebeat.store.duty.complaints import ComplaintQueries, Complaints
from homebeat.store.duty.feeds import ShiftFeedQueries, ShiftFeeds
from homebeat.store.duty.follow_ups import FollowUpQueries, FollowUps
from homebeat.store.duty.hand_overs import HandOverQueries, HandOvers
from homebeat.store.duty.providers import ProviderQueries, Providers
from homebeat.store.duty.responders import DutyQueries
from homebeat.store.duty.rotas import RotaQueries, Rotas
from homebeat.store.duty.volunteers import VolunteerQueries, Volunteers
from homebeat.store.home.beginnings import BeginningQueries
from homebeat.store.home.device_lists import DeviceListQueries
from homebeat.store.home.door_codes import DoorCodes
from homebeat.store.home.fleet import Fleets
from homebeat.store.home.fleet_queries import FleetQueries
from homebeat.store.home.home_changes import HomeChangeQueries, HomeChanges
from homebeat.store.home.person_rows import PeopleErasing
from homebeat.store.home.place_counts import PlaceCountQueries
from homebeat.store.home.reads import HomeQueries
from homebeat.store.home.search import SearchQueries
from homebeat.store.home.search_index import SearchIndex
from homebeat.store.home.states import States
from homebeat.store.learned.profiles import LearnedQueries, LearnedWrites
from homebeat.store.learned.spans import Spans
from homebeat.store.notice.announced import Announced, AnnouncedQueries
from homebeat.store.notice.arrivals import Arrivals
from homebeat.store.notice.chains import Chains
from homebeat.store.notice.dead_letters import DeadLetterQueries, DeadLetters
from homebeat.store.notice.early_receipts import EarlyReceiptQueries, EarlyReceipts
from homebeat.store.notice.family_notes import FamilyNoteQueries, FamilyNotes
from homebeat.store.notice.platforms import PlatformQueries, Platforms
from homebeat.store.notice.reach import ReachRows
from homebeat.store.notice.reads import OutboxQueries
from homebeat.store.notice.sending import Sendings
from homebeat.store.notice.writes import Outbox
from homebeat.store.operation.changes import ChangeQueries, Changes
from homebeat.store.operation.checkpoints import CheckpointQueries, Checkpoints
from homebeat.store.operation.clock import Clock, ClockQueries
from homebeat.store.operation.heartbeats import HeartbeatQueries, Heartbeats
from homebeat.store.operation.retention import Retention
from homebeat.store.operation.setting_changes import SettingChangeQueries, SettingChanges
from homebeat.store.operation.tenure import Tenures
from homebeat.store.portable.person import PersonQueries
from homebeat.store.portable.reads import PortableQueries
from homebeat.store.portable.writes import PortableWrites
from homebeat.store.reading.extras import Extras
from homebeat.store.reading.field_maps import FieldMapQueries, FieldMaps
from homebeat.store.reading.in_hand import InHand, InHandQueries
from homebeat.store.reading.last_messages import LastMessageQueries, LastMessageWrites
from homebeat.store.reading.ledger import Ledger
from homebeat.store.reading.log import LogQueries
from homebeat.store.reading.quarantine import QuarantineQueries, QuarantineWrites
from homebeat.store.reading.reads import ReadingQueries
from homebeat.store.reading.writes import ReadingWrites
from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from homebeat.domain.scope import Scope
    from homebeat.store.base.database import Database
    from homebeat.store.reading.values import Balance
    from homebeat.store.sealing.key_file import KeyFile


class UnitOfWork:
    """One writing transaction. Everything done through it is committed together, or not at all.

    `alerts` reads what is about to be changed. Alerts are changed by an action alone (`homebeat.actions`).
    What the scope does not reach is not there: an action on it finds nothing.
    """

    def __init__(self, connection: Connection, database: Database, key_file: KeyFile, scope: Scope) -> None:
        self.owner_keys = OwnerKeyWrites(connection, key_file)
        self.changes = Changes(connection)
        self.audit = NotedEntries(connection)
        self.signed_checkpoints = SignedCheckpoints(connection)
        self.readings = ReadingWrites(connection, database)
        self.extras = Extras(connection)
        self.quarantine = QuarantineWrites(connection, scope)
        self.door_codes = DoorCodes(connection, self.owner_keys, scope)
        self.home_changes = HomeChanges(connection, self.owner_keys, scope)
        self.last_messages = LastMessageWrites(connection)
        self.field_maps = FieldMaps(connection)
        self.setting_changes = SettingChanges(connection, self.owner_keys, scope)
        self.outbox = Outbox(connection, self.owner_keys, scope)
        self.platforms = Platforms(connection)
        self.announced = Announced(connection, scope)
        self.chains = Chains(connection, scope)
        self.reached = ReachRows(connection, scope)
        self.arrivals = Arrivals(connection, self.owner_keys, scope)
        self.early_receipts = EarlyReceipts(connection, scope)
        self.dead_letters = DeadLetters(connection, scope)
        self.family_notes = FamilyNotes(connection, scope)
        self.sendings = Sendings(connection, self.owner_keys)
        self.ledger = Ledger(connection)
        self.checkpoints = Checkpoints(connection)
        self.fleet = Fleets(connection, self.owner_keys, self.changes, scope)
        self.search_index = SearchIndex(connection, self.owner_keys, scope)
        self.duty = DutyQueries(connection, self.owner_keys, scope)
        self.providers = Providers(connection, self.owner_keys, scope)
        self.complaints = Complaints(connection, self.owner_keys, scope)
        self.follow_ups = FollowUps(connection, scope)
        self.volunteers = Volunteers(connection, self.owner_keys, scope)
        self.rotas = Rotas(connection, scope)
        self.shift_feeds = ShiftFeeds(connection, scope)
        self.hand_overs = HandOvers(connection, scope)
        self.learned = LearnedWrites(connection, self.changes, self.fleet, scope)
        self.spans = Spans(connection, self.owner_keys, self.fleet, scope)
        self.states = States(connection, self.changes)
        self.heartbeats = Heartbeats(connection)
        self.clock = Clock(connection)
        self.tenure = Tenures(connection)
        self.retention = Retention(connection, database, scope)
        self.in_hand = InHand(connection)
        self.erasing = PeopleErasing(connection, self.owner_keys, scope)
        self.portable = PortableWrites(connection, self.owner_keys, self.readings, scope)
        self.connection = connection
        self.scope = scope
        self._open_alerts(connection, scope)
        self._open_access(connection, scope)

    def _open_alerts(self, connection: Connection, scope: Scope) -> None:
        """Open the tables of alerts, and of what is done about them."""
        self.alerts = LockedAlerts(connection, scope)
        self.deadlines = Deadlines(connection, scope)
        self.visits = Visits(connection, scope)
        self.photos = Photos(connection, self.owner_keys, scope)
        self.closings = Closings(connection, scope)
        self.guides = Guides(connection, scope)
        self.silences = Silences(connection, self.owner_keys, scope)
        self.held = HeldEdges(connection, scope)

    def _open_access(self, connection: Connection, scope: Scope) -> None:
        """Open the tables of who may come in, and by what."""
        self.accounts = Accounts(connection, self.owner_keys)
        self.keys = ApiKeys(connection)
        self.sessions = ConsoleSessions(connection)
        self.links = Links(connection)
        self.tries = Tries(connection)
        self.identities = Identities(connection)
        self.pending_sign_ins = PendingSignIns(connection, self.owner_keys)
        self.glass = Glasses(connection, self.owner_keys, scope)
        self.consents = Consents(connection, self.owner_keys, self.changes, scope)
        self.message_links = MessageLinks(connection, self.owner_keys, scope)
        self.answers = Answers(connection, self.owner_keys)

    @contextmanager
    def begin_part(self) -> Iterator[None]:
        """Begin a part of the transaction. If the database refuses it, only this part is rolled back, and the rest can go on.

        Raises:
            Refused: The database refuses the part.
        """
        noted, entries, acts = self.changes.noted, self.audit.noted, self.connection.info.setdefault("after_commit", [])
        planned = len(acts)
        try:
            with self.connection.begin_nested():
                yield
        # Drivers refuse rows with errors of many kinds (DataError, OverflowError, UnicodeEncodeError), and an action may refuse a
        # step. None of them is swallowed: each is raised again, as what it is or as `Refused`.
        except Exception as error:
            if isinstance(error, Unavailable) or is_away(error):
                raise
            drop_values(error)
            self.changes.forget(noted)
            self.audit.forget(entries)
            del acts[planned:]
            raise Refused(f"{type(error).__name__}: {cut_to_first_line(error)}") from error


class ReadSession:
    """One consistent state of everything that the scope reaches, read-only."""

    def __init__(self, connection: Connection, key_file: KeyFile, scope: Scope) -> None:
        self.owner_keys = OwnerKeys(connection, key_file)
        self.last_messages = LastMessageQueries(connection, scope)
        self.field_maps = FieldMapQueries(connection)
        self.setting_changes = SettingChangeQueries(connection, self.owner_keys, scope)
        self.evidence = EvidenceQueries(connection, scope)
        self.model_evidence = ModelEvidence(connection, scope)
        self.events = EventQueries(connection, scope)
        self.platforms = PlatformQueries(connection)
        self.announced = AnnouncedQueries(connection, scope)
        self.audit = AuditQueries(connection)
        self.readings = ReadingQueries(connection, scope)
        self.homes = HomeQueries(connection, self.owner_keys, scope, self.readings)
        self.search = SearchQueries(connection, self.owner_keys, scope)
        self.place_counts = PlaceCountQueries(connection, scope)
        self.beginnings = BeginningQueries(connection, scope)
        self.home_changes = HomeChangeQueries(connection, self.owner_keys, scope)
        self.device_lists = DeviceListQueries(connection, scope)
        self.log = LogQueries(connection, scope)
        self.outbox = OutboxQueries(connection, scope)
        self.dead_letters = DeadLetterQueries(connection, scope)
        self.family_notes = FamilyNoteQueries(connection, scope)
        self.quarantine = QuarantineQueries(connection, scope)
        self.changes = ChangeQueries(connection, scope)
        self.fleet = FleetQueries(connection, self.owner_keys, scope)
        self.duty = DutyQueries(connection, self.owner_keys, scope)
        self.providers = ProviderQueries(connection, self.owner_keys, scope)
        self.complaints = ComplaintQueries(connection, self.owner_keys, scope)
        self.follow_ups = FollowUpQueries(connection, scope)
        self.volunteers = VolunteerQueries(connection, self.owner_keys, scope)
        self.rotas = RotaQueries(connection, scope)
        self.shift_feeds = ShiftFeedQueries(connection, scope)
        self.hand_overs = HandOverQueries(connection, scope)
        self.learned = LearnedQueries(connection, scope)
        self.heartbeats = HeartbeatQueries(connection)
        self.early_receipts = EarlyReceiptQueries(connection, scope)
        self.clock = ClockQueries(connection)
        self.accounts = AccountQueries(connection, self.owner_keys)
        self.keys = ApiKeyQueries(connection)
        self.sessions = SessionQueries(connection)
        self.links = LinkQueries(connection)
        self.identities = IdentityQueries(connection)
        self.glass = GlassQueries(connection, self.owner_keys, scope)
        self.consents = ConsentQueries(connection, self.owner_keys, scope)
        self.message_links = MessageLinkQueries(connection, self.owner_keys, scope)
        self.checkpoints = CheckpointQueries(connection)
        self.in_hand = InHandQueries(connection)
        self.portable = PortableQueries(connection, self.owner_keys, scope)
        self.person = PersonQueries(connection, self.portable, scope)
        self._connection = connection
        self._open_alerts(connection, scope)

    def _open_alerts(self, connection: Connection, scope: Scope) -> None:
        """Open the tables of alerts, and of what is done about them."""
        self.alerts = AlertQueries(connection, self.owner_keys, scope)
        self.deadlines = DeadlineQueries(connection, scope)
        self.visits = VisitQueries(connection, scope)
        self.photos = PhotoQueries(connection, self.owner_keys, scope)
        self.guides = GuideQueries(connection, scope)
        self.silences = SilenceQueries(connection, self.owner_keys, scope)
        self.held = HeldQueries(connection, scope)

    def read_balance(self) -> Balance:
        """Read the ledger: the counts that must balance."""
        return Ledger(self._connection).read_balance()
