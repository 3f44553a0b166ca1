"""Reads the queue of one desk: its rows in order, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, TypeVar

from homebeat.actions.family_words import read_family_words
from homebeat.actions.pulse import read_as_of
from homebeat.actions.view import View
from homebeat.actions.visiting import find_visitor
from homebeat.console.desk.case import Case, get_resident, list_with_causes, read_cases
from homebeat.console.desk.countdown import Countdown, read_countdowns
from homebeat.console.desk.figures import HeaderFigures
from homebeat.console.desk.rates import make_rate_tiles
from homebeat.console.desk.recall import Recall
from homebeat.console.desk.row import Reasons, Row, make_row
from homebeat.console.desk.tile import Tile
from homebeat.console.web.person import join_parts
from homebeat.console.web.test_mark import mark_tests
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Answer, Priority, Queue
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.contact_id import find_responder
from homebeat.domain.ids import AlertId, ResidentId
from homebeat.domain.principal import Grant, Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import ONLOOKER, Field, Operation, When
from homebeat.store import AlertFilter, OpenCount, ReadSession, Store
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class QueueSection:
    """A list of the queue with its heading.

    Attributes:
        total: How many alerts there are, also those that are not shown; `covered`: how many of them the rows stand for.
        folds: The list may be folded, where nothing urgent is in it.
    """

    key: str
    title: str
    rows: tuple[Row, ...]
    total: int
    covered: int
    empty: str = ""
    folds: bool = False
    link: str = ""
    link_text: str = ""

    @property
    def hidden(self) -> int:
        """How many alerts are not shown."""
        return max(0, self.total - self.covered)

    @property
    def is_open(self) -> bool:
        """Whether the list is shown unfolded at first: what is urgent never lies under a fold."""
        return not self.folds or any(row.priority in _URGENT for row in self.rows)


@dataclass(frozen=True, slots=True)
class Window:
    """All that the left pane and the header show.

    Attributes:
        holds_until: By then it must be read again even if nothing changed, epoch ms: the watch may have stopped.
    """

    title: str
    page_title: str
    tiles: tuple[Tile, ...]
    sections: tuple[QueueSection, ...]
    holds_until: int


_URGENT: Final = frozenset({Priority.CRITICAL.value, Priority.HIGH.value})
#: Most rows of each list; 200 together, so that a flood of alerts never freezes the page.
_MOST: Final = {"waiting": 160, "taken": 20, "property": 10, "devices": 10}
#: How often to check whether a watch that had stopped sends heartbeats again.
_LOOK_AGAIN_MS: Final = 5_000
_STEPS_OF_A_RETURN: Final = 2
#: Of what was taken and has no outcome, so many are looked for among all that wait.
_MOST_RUN_OUT: Final = 40
#: Where more than this wait, only among the first: a window is read many times a second then.
_SEARCHED: Final = 10_000
#: How old the rates may become while nothing changes.
_RATES_MS: Final = 60_000
_MOST_OF_ONE_DESK: Final = {"waiting": 160, "taken": 40}


@dataclass(frozen=True, slots=True)
class QueueReader:
    """Reads what one view shows of the queue; `now`: epoch ms."""

    view: View
    words: Wording
    now: int
    book: PlanBook
    figures: HeaderFigures
    reasons: Reasons
    recall: Recall

    def read_window(self, queue: Queue | None, newest: int) -> Window:
        """Read the open alerts: the care desk first, property and devices in lists of their own; or one other desk alone.

        Args:
            queue: Which desk; None for the care desk.
            newest: The newest change, found before the reader began.
        """
        reader, words, now = self.view.reader, self.words, self.now
        self.recall.begin(reader, newest, now)
        counts, as_of = reader.alerts.count_open(), read_as_of(reader, now)
        if queue in {None, Queue.CARE}:
            sections = (
                *self._list_sections(Queue.CARE, counts, _MOST),
                self._make_section_apart(Queue.PROPERTY, counts),
                self._make_section_apart(Queue.DEVICES, counts),
            )
        else:
            sections = tuple(self._list_sections(queue or Queue.CARE, counts, _MOST_OF_ONE_DESK))
        title = words.queue(queue or Queue.CARE)
        holds_until = now + _LOOK_AGAIN_MS if as_of.at is None or not as_of.is_current else as_of.at + STALE_MS
        critical = sum(c.open for c in counts if c.priority is Priority.CRITICAL)
        page_title = join_parts(f"({critical}) {title}" if critical else title, "homebeat")
        rates = self.figures.read_rates(reader, queue or Queue.CARE, self.view.principal.grants, now)
        states, until = self.figures.read_states(reader, self.view.principal.grants, now)
        if until is not None:  # they may be older than the rest: by then somebody looks again
            holds_until = min(holds_until, until)
        tiles = (*self._make_tiles(counts, as_of.count_states(states)), *make_rate_tiles(rates, words))
        self.recall.end()
        return Window(title, page_title, tiles, sections, min(holds_until, now + _RATES_MS))

    def _list_sections(self, queue: Queue, counts: Iterable[OpenCount], most: Mapping[str, int]) -> Iterable[QueueSection]:
        words, mine = self.words, [c for c in counts if c.queue is queue]
        waiting = sum(c.unacknowledged for c in mine)
        taken = sum(c.open for c in mine) - waiting
        first = self._read_cases(queue, Answer.UNACKNOWLEDGED, most["waiting"], waiting)
        there = {who for case in first if (who := get_resident(case.leading)) is not None}
        then = self._read_cases(queue, Answer.ACKNOWLEDGED, most["taken"], taken, there)
        back = () if queue is Queue.CARE else ("/", words.queue(Queue.CARE))
        covered = sum(case.count_listed(Answer.UNACKNOWLEDGED) + case.listed for case in first)
        empty = words.text("Nobody is waiting.")
        yield QueueSection(
            "waiting", words.text("Waiting for somebody"), self._make_rows(first), waiting, covered, empty, False, *back
        )
        beside = sum(case.count_listed(Answer.ACKNOWLEDGED) - 1 for case in first)
        covered = beside + sum(case.count_listed(Answer.ACKNOWLEDGED) for case in then)
        yield QueueSection("taken", words.text("Taken, not closed yet"), self._make_rows(then), taken, covered)

    def _make_section_apart(self, queue: Queue, counts: Iterable[OpenCount]) -> QueueSection:
        words, total = self.words, sum(c.open for c in counts if c.queue is queue)
        where = AlertFilter(queues=frozenset({queue}), is_open=True)
        entries = self.recall.read_alerts(self.view, where, _MOST[queue])
        cases = list_with_causes(self.view.reader, [Case(entry) for entry in entries], self.now)
        link, text = f"/?queue={queue}", words.text("All of this desk")
        return QueueSection(queue.value, words.queue(queue), self._make_rows(cases), total, len(entries), "", True, link, text)

    def _read_cases(
        self, queue: Queue, answer: Answer, most: int, total: int, elsewhere: Collection[ResidentId] = frozenset()
    ) -> list[Case]:
        """Read the cases of a list of `total` alerts; first, of each priority, what was taken and has no outcome in time."""
        reader = self.view.reader
        entries = self.recall.read_alerts(self.view, AlertFilter(queues=frozenset({queue}), answer=answer), most)
        if answer is not Answer.UNACKNOWLEDGED:
            return read_cases(reader, entries, elsewhere)
        if len(entries) == most and total <= _SEARCHED:
            # what was taken and has no outcome stands first, also where it is none of the first
            where = AlertFilter(queues=frozenset({queue}), answer=answer, has_run_out=True)
            there = {entry.alert.id for entry in entries}
            further = self.recall.read_alerts(self.view, where, _MOST_RUN_OUT)
            entries = [*entries, *(one for one in further if one.alert.id not in there)]
        cases = read_cases(reader, entries, elsewhere)
        # it was opened, taken and given back: an alert that had no three steps has not run out
        ran_out = reader.alerts.find_run_out(entry.alert.id for entry in entries if entry.alert.version > _STEPS_OF_A_RETURN)
        cases = [replace(case, has_run_out=True) if case.leading.alert.id in ran_out else case for case in cases]
        cases = list_with_causes(reader, cases, self.now)
        return sorted(cases, key=lambda case: (case.leading.alert.priority.rank, not case.has_run_out))[:most]

    def _make_tiles(self, counts: Iterable[OpenCount], states: Mapping[str, int]) -> Iterable[Tile]:
        words, may_open = self.words, self.view.principal.may(Operation.READ_HOMES)
        for p in Priority:
            yield Tile(p.value, words.priority(p), words.number(sum(c.open for c in counts if c.priority is p), 0))
        for state in ("active", "quiet", "unknown"):
            people = words.text("%(people)s", people=words.number(states.get(state, 0), 0))
            yield Tile(f"extra {state}", words.home_state(state), people, href=f"/residents?state={state}" if may_open else "")

    def _make_rows(self, cases: Sequence[Case]) -> tuple[Row, ...]:
        entries = [case.leading for case in cases]
        words, now = self.words, self.now
        if any(grant.role == ONLOOKER for grant in self.view.principal.grants):
            # who has taken an alert is somebody, too; and what is wrong with somebody is theirs
            rows = [make_row(case, words, now) for case in cases]
            taken = words.answer(Answer.ACKNOWLEDGED)
            return tuple(
                replace(row, owner=taken if row.owner else "", standing="", kind=row.what, can_take=False) for row in rows
            )
        said = read_family_words(self.view, entries)
        following: dict[AlertId, Countdown] = read_countdowns(self.view, entries, words, self.book)
        tests = mark_tests(self.view.reader, entries, words)
        named = self._name_responders(cases)

        def make(case: Case) -> Row:
            alert_id = case.leading.alert.id
            names = tuple((owner, named[owner]) for owner in _list_owners(case) if owner in named)
            made_of = (case, said.get(alert_id, ()), following.get(alert_id), tests.get(alert_id, ""), names)
            return self.recall.make_row(
                *(alert_id, now, made_of),
                lambda: make_row(case, words, now, made_of[1], made_of[2], self.reasons, made_of[3], dict(names)),
            )

        return tuple(map(make, cases))

    def _name_responders(self, cases: Sequence[Case]) -> dict[str, str]:
        """Name responders without an account who have one of these cases, by what histories call them."""
        acting = {owner for case in cases for owner in _list_owners(case) if owner.startswith(ActorKind.CONTACT)}
        ids = {owner: who for owner in acting if (who := find_responder(find_visitor(owner))) is not None}
        found = self.view.reader.duty.find_opened(ids.values()) if ids else {}
        return {owner: found[who].name for owner, who in ids.items() if who in found and found[who].name}


def _list_owners(case: Case) -> set[str]:
    """List who has the alerts of a case."""
    return {case.leading.alert.owner, *(one.owner for one in case.list_own())} - {""}


#: How many windows are kept: pages of two languages and four queues for so many sets of roles share what was read.
_KEPT: Final = 1_000
#: Of so many of them it is kept what they were made of, so that only what has changed is read.
_RECALLED: Final = 100
#: Language, queue and roles: who has them the same sees the same.
_Key = tuple[str, Queue | None, frozenset[Grant]]
V = TypeVar("V")
#: The personal fields of a row, and when they are shown to one person alone.
_OF_ROWS: Final = (Field.NAME, Field.ADDRESS, Field.CONTACTS)
_OF_ONE: Final = frozenset({When.OWN, When.GLASS})


class Windows:
    """Windows shared by all live pages: one change is read once per language, queue and roles, however many people watch.

    What somebody sees who has broken the glass or has taken an alert, and others with their roles do not, is read for them alone.
    """

    def __init__(self, store: Store, find_book: Callable[[ReadSession], PlanBook], figures: HeaderFigures | None = None) -> None:
        self._store = store
        self._find_book = find_book
        self._figures = figures or HeaderFigures()
        self._reasons = Reasons()
        self._lock = Lock()
        self._kept: dict[_Key, tuple[int, Window]] = {}
        self._recalls: dict[_Key, Recall] = {}

    def get(self, newest: int, words: Wording, now: int, queue: Queue | None, principal: Principal) -> Window:
        """Get the window as of the change `newest` or later; `now`: epoch ms.

        Raises:
            Unavailable: The database is away.
        """
        if principal.find_whens(_OF_ROWS) & _OF_ONE:
            return self._read(words, now, queue, principal, newest, Recall())
        key = (words.language.value, queue, frozenset(principal.grants))
        with self._lock:
            seen, found = self._kept.get(key, (-1, None))
            if found is None or seen < newest or now > found.holds_until:
                recall = self._recalls.get(key) or Recall()
                found = self._read(words, now, queue, principal, newest, recall)
                _keep_last(self._kept, key, (newest, found), _KEPT)
                _keep_last(self._recalls, key, recall, _RECALLED)
            return found

    def _read(self, words: Wording, now: int, queue: Queue | None, principal: Principal, newest: int, recall: Recall) -> Window:
        with self._store.read(principal.find_scope(Operation.READ_ALERTS)) as reader:
            view, book = View(reader, principal, now), self._find_book(reader)
            return QueueReader(view, words, now, book, self._figures, self._reasons, recall).read_window(queue, newest)


def _keep_last(kept: dict[_Key, V], key: _Key, value: V, most: int) -> None:
    """Keep a value; what was kept last stands last, so that the first, which may have to go, is what nobody looks at."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
