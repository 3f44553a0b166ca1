"""Reads the queue of one desk: its rows in order, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import Final

from markupsafe import Markup

from homebeat.actions.family_words import FamilyWord, read_family_words
from homebeat.actions.pulse import read_as_of
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.family_words import write_family_word
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.person import drop_mask, format_iso, join_parts, name_actor, write_age, write_place
from homebeat.domain.alert import Answer, Condition, Desk, Priority, Queue
from homebeat.domain.as_of import STALE_MS, AsOf
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.principal import Grant, Principal
from homebeat.domain.role import ONLOOKER, Field, Operation, When
from homebeat.store import AlertEntry, AlertFilter, OpenCount, ReadSession, Store
from homebeat.wording import Wording

#: Stand-ins in a rendered row for what differs by reader and minute, so that a row is rendered once per language and version.
CSRF: Final = "@csrf@"
WAITING: Final = "@waiting@"


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """What one of the family has answered: ``son: says that all is well``, and when (epoch ms)."""

    text: str
    at: int

    @property
    def at_iso(self) -> str:
        """For programs that read the page."""
        return format_iso(self.at)

    @property
    def stand_in(self) -> str:
        """Stands in a rendered row for how long ago that was."""
        return f"@ago:{self.at}@"


@dataclass(frozen=True, slots=True)
class Row:
    """One alert in the queue, in one language. Equal rows look the same."""

    id: str
    version: int
    priority: str
    priority_name: str
    what: str
    about: str
    opened_at: int
    opened_iso: str
    owner: str
    standing: str
    cleared: bool
    can_take: bool
    href: str
    family: tuple[FamilyLine, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueSection:
    """A list of the queue with its heading. `total` counts all rows, also those that are not shown."""

    key: str
    title: str
    rows: tuple[Row, ...]
    total: int
    empty: str
    link: str = ""
    link_text: str = ""

    @property
    def hidden(self) -> int:
        """How many rows are not shown."""
        return max(0, self.total - len(self.rows))


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the header."""

    look: str
    name: str
    count: str


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


#: Most rows of each list; 200 together, so that a flood of alerts never freezes the page.
_MOST: Final = {"waiting": 160, "taken": 20, "property": 10, "devices": 10}
#: How often to check whether a watch that had stopped sends heartbeats again.
_LOOK_AGAIN_MS: Final = 5_000
_MOST_OF_ONE_DESK: Final = {"waiting": 160, "taken": 40}


def read_window(view: View, words: Wording, now: int, queue: Queue | None) -> Window:
    """Read the open alerts: the care desk first, property and devices in lists of their own; or one other desk alone."""
    reader = view.reader
    counts, as_of = reader.alerts.count_open(), read_as_of(reader, now)
    if queue in {None, Queue.CARE}:
        sections = (
            *_list_sections(view, words, now, Queue.CARE, counts, _MOST),
            _make_section_apart(view, words, now, Queue.PROPERTY, counts),
            _make_section_apart(view, words, now, Queue.DEVICES, counts),
        )
    else:
        sections = tuple(_list_sections(view, words, now, queue or Queue.CARE, counts, _MOST_OF_ONE_DESK))
    title = words.queue(queue or Queue.CARE)
    holds_until = now + _LOOK_AGAIN_MS if as_of.at is None or not as_of.is_current else as_of.at + STALE_MS
    critical = sum(c.open for c in counts if c.priority is Priority.CRITICAL)
    page_title = join_parts(f"({critical}) {title}" if critical else title, "homebeat")
    return Window(title, page_title, _make_tiles(reader, words, counts, as_of), sections, holds_until)


#: How many windows are kept: pages of two languages and four queues for so many sets of roles share what was read.
_KEPT: Final = 1_000
#: Most answers of a family in a row; the card has all of them.
_MOST_WORDS: Final = 2
#: The personal fields of a row, and when they are shown to one person alone.
_OF_ROWS: Final = (Field.NAME, Field.ADDRESS, Field.CONTACTS)
_OF_ONE: Final = frozenset({When.OWN, When.GLASS})


class Windows:
    """Windows shared by all live pages: one change is read once per language, queue and roles, however many people watch.

    What somebody sees who has broken the glass or has taken an alert, and others with their roles do not, is read for them alone.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._kept: dict[tuple[str, Queue | None, frozenset[Grant]], tuple[int, Window]] = {}

    def get(self, newest: int, words: Wording, now: int, queue: Queue | None, principal: Principal) -> Window:
        """Get the window as of the change `newest` or later; `now`: epoch ms.

        Raises:
            Unavailable: The database is away.
        """
        if principal.find_whens(_OF_ROWS) & _OF_ONE:
            return self._read(words, now, queue, principal)
        key = (words.language.value, queue, frozenset(principal.grants))
        with self._lock:
            seen, found = self._kept.get(key, (-1, None))
            if found is None or seen < newest or now > found.holds_until:
                found = self._read(words, now, queue, principal)
                self._kept.pop(key, None)  # what was read last stands last, so that the first is what nobody looks at
                self._kept[key] = (newest, found)
                if len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
            return found

    def _read(self, words: Wording, now: int, queue: Queue | None, principal: Principal) -> Window:
        with self._store.read(principal.find_scope(Operation.READ_ALERTS)) as reader:
            return read_window(View(reader, principal, now), words, now, queue)


def _list_sections(
    view: View, words: Wording, now: int, queue: Queue, counts: Iterable[OpenCount], most: dict[str, int]
) -> Iterable[QueueSection]:
    mine = [c for c in counts if c.queue is queue]
    waiting = sum(c.unacknowledged for c in mine)
    taken = sum(c.open for c in mine) - waiting
    only = frozenset({queue})
    first = _read_rows(view, words, now, AlertFilter(queues=only, answer=Answer.UNACKNOWLEDGED), most["waiting"])
    then = _read_rows(view, words, now, AlertFilter(queues=only, answer=Answer.ACKNOWLEDGED), most["taken"])
    back = () if queue is Queue.CARE else ("/", words.queue(Queue.CARE))
    yield QueueSection("waiting", words.text("Waiting for somebody"), first, waiting, words.text("Nobody is waiting."), *back)
    yield QueueSection("taken", words.text("Taken, not closed yet"), then, taken, words.text("None."))


def _make_section_apart(view: View, words: Wording, now: int, queue: Queue, counts: Iterable[OpenCount]) -> QueueSection:
    total = sum(c.open for c in counts if c.queue is queue)
    rows = _read_rows(view, words, now, AlertFilter(queues=frozenset({queue}), is_open=True), _MOST[queue])
    return QueueSection(
        queue.value, words.queue(queue), rows, total, words.text("None."), f"/?queue={queue}", words.text("All of this desk")
    )


def _read_rows(view: View, words: Wording, now: int, where: AlertFilter, most: int) -> tuple[Row, ...]:
    is_onlooker = any(grant.role == ONLOOKER for grant in view.principal.grants)
    entries = view.read_alerts(where, most).items
    said = {} if is_onlooker else read_family_words(view, entries)
    rows = [make_row(entry, words, now, said.get(entry.alert.id, ())) for entry in entries]
    if is_onlooker:  # who has taken an alert is somebody, too
        rows = [replace(row, owner=words.answer(Answer.ACKNOWLEDGED) if row.owner else "", can_take=False) for row in rows]
    return tuple(rows)


def _make_tiles(reader: ReadSession, words: Wording, counts: Iterable[OpenCount], as_of: AsOf) -> tuple[Tile, ...]:
    open_ = {priority: sum(c.open for c in counts if c.priority is priority) for priority in Priority}
    states = as_of.count_states(reader.homes.count_states())
    return (
        *(Tile(p.value, words.priority(p), words.number(open_[p], 0)) for p in Priority),
        *(
            Tile(
                f"extra {state}", words.home_state(state), words.text("%(people)s", people=words.number(states.get(state, 0), 0))
            )
            for state in ("active", "quiet", "unknown")
        ),
    )


def _write_family(said: Iterable[FamilyWord], words: Wording, zone: str) -> tuple[FamilyLine, ...]:
    """Write the last words: who asks that somebody goes first, then whoever answered for the family, then the newest."""
    ordered = sorted(said, key=lambda one: (one.answer is not FamilyReply.GO, not one.is_representative, -one.at))
    # one of those who ask that somebody goes is enough, where the family's answer would have no room beside them
    ordered[1:] = sorted(ordered[1:], key=lambda one: not one.is_representative)
    return tuple(_write_line(one, words, zone) for one in ordered[:_MOST_WORDS])


def _write_line(word: FamilyWord, words: Wording, zone: str) -> FamilyLine:
    who, says = write_family_word(word, words, zone)
    return FamilyLine(words.text("%(name)s: %(state)s", name=who, state=says), word.at)


def make_row(entry: AlertEntry, words: Wording, now: int, said: Iterable[FamilyWord] = ()) -> Row:
    """Make the row of an alert; `said`: what the family has answered."""
    alert = entry.alert
    is_device = alert.desk is Desk.DEVICES and alert.subject.household is not None
    device = alert.subject.device or "" if is_device else ""
    cleared = alert.condition is Condition.CLEARED
    standing = words.condition(alert.condition) if cleared else ""  # waiting is what the list and the button say
    return Row(
        id=alert.id,
        version=alert.version,
        priority=alert.priority.value,
        priority_name=words.priority(alert.priority),
        what=words.rule_name(alert.rule),
        about=join_parts(
            drop_mask(entry.resident_name), write_age(entry.birth_year, now, words), write_place(entry, words), device
        ),
        opened_at=alert.opened_at,
        opened_iso=format_iso(alert.opened_at),
        owner=name_actor(alert.owner, words) if alert.owner else "",
        standing=standing,
        cleared=cleared,
        can_take=alert.answer is Answer.UNACKNOWLEDGED,
        href=f"/?alert={alert.id}",
        family=_write_family(said, words, find_zone(entry.timezone)),
    )


class RowPainter:
    """Draws rows, each once per look; safe to share between threads."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._drawn = lru_cache(maxsize=20_000)(self._draw)

    def draw_look(self, row: Row, words: Wording) -> str:
        """Draw the row with placeholders for what differs by reader, so that rows can be compared."""
        return self._drawn(row, words.language.value)

    def _draw(self, row: Row, language: str) -> str:
        words = Wording(language)
        return str(self._templates.render("_row.html", words, row=row, csrf=CSRF, waiting=WAITING, comma=words.comma))

    @staticmethod
    def finish(look: str, row: Row, csrf: str, waiting: Waiting, now: int) -> Markup:
        """Fill the placeholders of a row for one reader, at `now` (epoch ms)."""
        html = look.replace(CSRF, csrf).replace(WAITING, waiting.of(row.opened_at, now))
        for one in row.family:
            html = html.replace(one.stand_in, waiting.ago(one.at, now))
        return Markup(html)  # noqa: S704  all are ours: a seal and durations
