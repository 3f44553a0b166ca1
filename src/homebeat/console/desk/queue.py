"""The queue of one desk: which rows, in which order, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from markupsafe import Markup

from homebeat.actions.pulse import read_as_of
from homebeat.console.web.page import Templates
from homebeat.console.web.person import actor_name, age_text, iso, joined, place_of
from homebeat.domain.alert import Answer, Condition, Desk, Priority, Queue
from homebeat.domain.as_of import STALE_MS, AsOf
from homebeat.store import AlertEntry, AlertFilter, OpenCount, ReadSession, Store
from homebeat.wording import Wording

#: Stand-ins in a rendered row for what differs by reader and minute, so that a row is rendered once per language and version.
CSRF: Final = "@csrf@"
WAITING: Final = "@waiting@"


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


@dataclass(frozen=True, slots=True)
class Section:
    """A list of the queue with its heading. `total` counts what is there, also beyond the rows that are shown."""

    key: str
    title: str
    rows: tuple[Row, ...]
    total: int
    empty: str
    link: str = ""
    link_text: str = ""

    @property
    def hidden(self) -> int:
        """How many are not shown."""
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
        holds_until: By then it must be read again though nothing changed, epoch ms: the watch may have fallen silent.
    """

    title: str
    page_title: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    holds_until: int


#: Most rows of each list; 200 together, so that a flood never freezes the page that is needed most then.
_MOST: Final = {"waiting": 160, "taken": 20, "property": 10, "devices": 10}
#: So often it is asked whether a watch that was silent has spoken again.
_LOOK_AGAIN_MS: Final = 5_000
_MOST_OF_ONE_DESK: Final = {"waiting": 160, "taken": 40}


def window(reader: ReadSession, words: Wording, now: int, queue: Queue | None) -> Window:
    """What is open now: the care desk first, property and devices apart; or one other desk alone."""
    counts, as_of = reader.alerts.count_open(), read_as_of(reader, now)
    if queue in {None, Queue.CARE}:
        sections = (
            *_of_queue(reader, words, now, Queue.CARE, counts, _MOST),
            _apart(reader, words, now, Queue.PROPERTY, counts),
            _apart(reader, words, now, Queue.DEVICES, counts),
        )
    else:
        sections = tuple(_of_queue(reader, words, now, queue or Queue.CARE, counts, _MOST_OF_ONE_DESK))
    title = words.queue(queue or Queue.CARE)
    holds_until = now + _LOOK_AGAIN_MS if as_of.at is None or not as_of.is_current else as_of.at + STALE_MS
    critical = sum(c.open for c in counts if c.priority is Priority.CRITICAL)
    page_title = joined(f"({critical}) {title}" if critical else title, "homebeat")
    return Window(title, page_title, _tiles(reader, words, counts, as_of), sections, holds_until)


class Windows:
    """Windows shared by all live pages: one change is read once per language and queue, however many people watch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._kept: dict[tuple[str, Queue | None], tuple[int, Window]] = {}

    def at(self, newest: int, words: Wording, now: int, queue: Queue | None) -> Window:
        """The window as of the change `newest` or later; `now`: epoch ms.

        Raises:
            Unavailable: The database is away.
        """
        key = (words.language.value, queue)
        with self._lock:
            seen, found = self._kept.get(key, (-1, None))
            if found is None or seen < newest or now > found.holds_until:
                with self._store.read() as reader:
                    found = window(reader, words, now, queue)
                self._kept[key] = (newest, found)
            return found


def _of_queue(
    reader: ReadSession, words: Wording, now: int, queue: Queue, counts: Iterable[OpenCount], most: dict[str, int]
) -> Iterable[Section]:
    mine = [c for c in counts if c.queue is queue]
    waiting = sum(c.unacknowledged for c in mine)
    taken = sum(c.open for c in mine) - waiting
    only = frozenset({queue})
    first = _rows(reader, words, now, AlertFilter(queues=only, answer=Answer.UNACKNOWLEDGED), most["waiting"])
    then = _rows(reader, words, now, AlertFilter(queues=only, answer=Answer.ACKNOWLEDGED), most["taken"])
    back = () if queue is Queue.CARE else ("/", words.queue(Queue.CARE))
    yield Section("waiting", words.text("Waiting for somebody"), first, waiting, words.text("Nobody is waiting."), *back)
    yield Section("taken", words.text("Taken, not closed yet"), then, taken, words.text("None."))


def _apart(reader: ReadSession, words: Wording, now: int, queue: Queue, counts: Iterable[OpenCount]) -> Section:
    total = sum(c.open for c in counts if c.queue is queue)
    rows = _rows(reader, words, now, AlertFilter(queues=frozenset({queue}), is_open=True), _MOST[queue])
    return Section(
        queue.value, words.queue(queue), rows, total, words.text("None."), f"/?queue={queue}", words.text("All of this desk")
    )


def _rows(reader: ReadSession, words: Wording, now: int, where: AlertFilter, most: int) -> tuple[Row, ...]:
    return tuple(row_of(entry, words, now) for entry in reader.alerts.read_page(where, most).items)


def _tiles(reader: ReadSession, words: Wording, counts: Iterable[OpenCount], as_of: AsOf) -> tuple[Tile, ...]:
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


def row_of(entry: AlertEntry, words: Wording, now: int) -> Row:
    """An alert as a row."""
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
        about=joined(entry.resident_name, age_text(entry.birth_year, now, words), place_of(entry, words), device),
        opened_at=alert.opened_at,
        opened_iso=iso(alert.opened_at),
        owner=actor_name(alert.owner, words) if alert.owner else "",
        standing=standing,
        cleared=cleared,
        can_take=alert.answer is Answer.UNACKNOWLEDGED,
        href=f"/?alert={alert.id}",
    )


class RowPainter:
    """Draws rows, each once per look; safe to share between threads."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._drawn = lru_cache(maxsize=20_000)(self._draw)

    def look(self, row: Row, words: Wording) -> str:
        """The row with stand-ins for what differs by reader: compare these."""
        return self._drawn(row, words.language.value)

    def _draw(self, row: Row, language: str) -> str:
        return str(self._templates.render("_row.html", Wording(language), row=row, csrf=CSRF, waiting=WAITING))

    @staticmethod
    def finish(look: str, csrf: str, waiting: str) -> Markup:
        """The row for one reader, now."""
        return Markup(look.replace(CSRF, csrf).replace(WAITING, waiting))  # noqa: S704  both are ours: a seal and a duration
