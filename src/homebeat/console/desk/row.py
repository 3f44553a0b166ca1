"""One row of the queue: a case or a single alert, in one language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from homebeat.actions.family_words import FamilyWord
from homebeat.console.card.evidence import find_zone
from homebeat.console.desk.case import Case
from homebeat.console.desk.countdown import Countdown
from homebeat.console.web.family_words import write_family_word
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.person import drop_mask, format_iso, join_parts, name_actor, write_age, write_place
from homebeat.domain.alert import Alert, Answer, Condition, Desk, Priority
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.family_reply import FamilyReply
from homebeat.wording import Wording

#: Stand-ins in a rendered row for what differs by reader and minute, so that a row is rendered once per language and version.
CSRF: Final = "@csrf@"
WAITING: Final = "@waiting@"
LATE: Final = " @late@"
#: Most answers of a family in a row; the card has all of them.
_NAMELESS: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_WORDS: Final = 2
#: Most other alerts of a case that a row names; it counts all of them.
_MOST_OTHERS: Final = 3
#: After so long without somebody who takes it, an alert's waiting time is shown in red. Source: 97.5 % of calls are answered
#: within 60 s (TSA); ten minutes for what is urgent is the figure of EEMUA 191 for one alarm.
LATE_MS: Final[Mapping[Priority, int]] = {Priority.CRITICAL: MINUTE_MS, Priority.HIGH: 10 * MINUTE_MS}
_KEPT_REASONS: Final = 20_000
#: Where the first part of a sentence ends: a reason in one line.
_FIRST_PART: Final = re.compile(r"[;:.] |[;.]$|[。；：（]| \(")


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
    """One case or alert in the queue, in one language. Equal rows look the same.

    Attributes:
        id: Of the alert that leads.
        alerts: The ids of all alerts of the case at this desk, with spaces between: each of them opens with this row.
        others: The versions of those that are taken with it, as a form sends them: ``id:version id:version``.
        about: Who and where; `kind`: what it is, in one line, with the reason.
        more: How many other alerts the resident has, and which; empty for none.
        mark: What is wrong with it, as that it was taken and nobody said more; empty for nothing.
        test: That somebody has announced a test, which it may be; empty for nothing.
        late_at: From then on its time is shown in red, epoch ms; 0 for never.
        next: What happens if nobody answers, or does not say what was found; None for nothing.
    """

    id: str
    version: int
    priority: str
    priority_name: str
    what: str
    about: str
    kind: str
    opened_at: int
    opened_iso: str
    owner: str
    standing: str
    cleared: bool
    can_take: bool
    href: str
    family: tuple[FamilyLine, ...] = ()
    alerts: str = ""
    others: str = ""
    more: str = ""
    mark: str = ""
    test: str = ""
    late_at: int = 0
    next: Countdown | None = None


def shorten(sentence: str) -> str:
    """Shorten a sentence to its first part, for one line."""
    return _FIRST_PART.split(sentence, maxsplit=1)[0]


class Reasons:
    """The first parts of the sentences that say why; each is written once per language and version. Threads may share it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int, str], str] = {}

    def write(self, alert: Alert, words: Wording, zone: str) -> str:
        """Write why an alert stands, in one line; times on the clock of `zone`."""
        key = (words.language.value, alert.id, alert.version, zone)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT_REASONS:
                self._kept.clear()
            found = self._kept[key] = shorten(words.sentence(alert.reason, timezone=zone))
        return found


def make_row(
    case: Case,
    words: Wording,
    now: int,
    said: Iterable[FamilyWord] = (),
    following: Countdown | None = None,
    reasons: Reasons | None = None,
    test: str = "",
    names: Mapping[str, str] = _NAMELESS,
) -> Row:
    """Make the row of a case.

    Args:
        case: The case.
        words: In the language of the page.
        now: Epoch ms.
        said: What the family has answered.
        following: What happens next.
        reasons: Sentences that were written before.
        test: See `Row`.
        names: Of who has the alerts, by what histories call them; an account has its name without.
    """
    entry = case.leading
    alert = entry.alert
    zone = find_zone(entry.timezone)
    is_device = alert.desk is Desk.DEVICES and alert.subject.household is not None
    device = alert.subject.device or "" if is_device else ""
    cleared = alert.condition is Condition.CLEARED
    mine = case.list_own()
    return Row(
        id=alert.id,
        version=alert.version,
        priority=alert.priority.value,
        priority_name=words.priority(alert.priority),
        what=words.rule_name(alert.rule),
        about=join_parts(drop_mask(entry.resident_name), write_place(entry, words), device),
        kind=join_parts(
            words.rule_name(alert.rule), write_age(entry.birth_year, now, words), (reasons or Reasons()).write(alert, words, zone)
        ),
        opened_at=alert.opened_at,
        opened_iso=format_iso(alert.opened_at),
        owner=names.get(alert.owner) or name_actor(alert.owner, words) if alert.owner else "",
        standing=_write_standing(case, words, names),
        cleared=cleared,
        can_take=alert.answer is Answer.UNACKNOWLEDGED,
        href=f"/?alert={alert.id}",
        family=_write_family(said, words, zone),
        alerts=" ".join((alert.id, *(one.id for one in mine))),
        others=" ".join(f"{one.id}:{one.version}" for one in mine if one.answer is Answer.UNACKNOWLEDGED),
        more=_write_more(case, words),
        mark=words.text("taken, no outcome") if case.has_run_out else "",
        test=test,
        late_at=_find_late(alert, following),
        next=following,
    )


def _write_standing(case: Case, words: Wording, names: Mapping[str, str]) -> str:
    if case.leading.alert.condition is Condition.CLEARED:
        return words.condition(Condition.CLEARED)  # waiting is what the list and the button say
    owners = dict.fromkeys(one.owner for one in case.list_own() if one.owner)
    if case.leading.alert.owner or not owners:
        return ""
    named = [names.get(owner) or name_actor(owner, words) for owner in owners]
    return words.text("%(name)s has her other alerts", name=words.join_list(*named))


def _write_more(case: Case, words: Wording) -> str:
    if case.listed:
        return words.text("%(count)s alerts of homes that are listed there", count=words.number(case.listed, 0))
    if not case.others:
        return ""
    named = list(dict.fromkeys(words.rule_name(one.rule) for one in case.others))
    rest = "…" if len(named) > _MOST_OTHERS else ""
    return f"+{len(case.others)}: {words.join_list(*named[:_MOST_OTHERS], *filter(None, [rest]))}"


def _find_late(alert: Alert, following: Countdown | None) -> int:
    if alert.answer is Answer.ACKNOWLEDGED:
        return 0 if following is None else following.at
    patience = LATE_MS.get(alert.priority)
    return 0 if patience is None else alert.opened_at + patience


def _write_family(said: Iterable[FamilyWord], words: Wording, zone: str) -> tuple[FamilyLine, ...]:
    """Write the last words: who asks that somebody goes first, then whoever answered for the family, then the newest."""
    ordered = sorted(said, key=lambda one: (one.answer is not FamilyReply.GO, not one.is_representative, -one.at))
    # one of those who ask that somebody goes is enough, where the family's answer would have no room beside them
    ordered[1:] = sorted(ordered[1:], key=lambda one: not one.is_representative)
    return tuple(_write_line(one, words, zone) for one in ordered[:_MOST_WORDS])


def _write_line(word: FamilyWord, words: Wording, zone: str) -> FamilyLine:
    who, says = write_family_word(word, words, zone)
    return FamilyLine(words.text("%(name)s: %(state)s", name=who, state=says), word.at)


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
        return str(self._templates.render("_row.html", words, row=row, csrf=CSRF, waiting=WAITING, late=LATE, comma=words.comma))

    @staticmethod
    def finish(look: str, row: Row, csrf: str, waiting: Waiting, now: int) -> Markup:
        """Fill the placeholders of a row for one reader, at `now` (epoch ms)."""
        is_late = bool(row.late_at) and now >= row.late_at
        html = look.replace(CSRF, csrf).replace(LATE, " late" if is_late else "", 1)
        html = html.replace(WAITING, waiting.waits(row.opened_at, now))
        for one in row.family:
            html = html.replace(one.stand_in, waiting.ago(one.at, now))
        return Markup(html)  # noqa: S704  all are ours: a seal and durations
