"""One engine with a judge for each variant.

Readings are folded once. Only what depends on settings is done for each variant: judging, learning habits under its bounds and
budgets, and noting whom it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.domain.durations import DAY_MS
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.judge import Judge
from homebeat.engine.learning import Learning
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.learn import Profile
from homebeat.rules.asked import Asked
from homebeat.rules.fall import Fall
from homebeat.rules.frame import Axis
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import FAR, NEVER, U8, Batch, Bool
from homebeat.stream.features.learned import Learned
from homebeat.stream.features.questions import Questions
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

#: Rules that read habits and open questions. If one of them differs, the others can decide differently too.
_TIED: Final = frozenset({NoSignOfLife.code, Asked.code, Fall.code})


@dataclass(frozen=True, slots=True)
class VariantEdge(Edge):
    """An edge with the index of the variant that it belongs to."""

    variant: int = 0


@dataclass(slots=True)
class _Habits:
    """What is learned under some bounds and budgets; variants that agree on these share it."""

    key: object
    learning: Learning
    learned: Learned


@dataclass(slots=True)
class _Variant:
    """What is judged for a variant by itself: all rules of the first, and of others those that differ from it.

    Attributes:
        shares: Codes of the rules that are as in the first variant. Their edges are copied from there.
    """

    judge: Judge
    habits: _Habits
    questions: Questions
    shares: frozenset[str] = frozenset()

    def enter(self, state: State) -> State:
        """The state as this variant's rules see it."""
        state.learned, state.questions = self.habits.learned, self.questions
        return state


class Engines(Engine):
    """An engine under several rule books at once; its edges are `VariantEdge`.

    Args:
        learn_from: Epoch ms. Before it nothing is judged and no habit is learned: a long warm-up needs only its end.
    """

    def __init__(self, roster: Roster, books: Sequence[RuleBook], pace: Pace, learn_from: int = NEVER) -> None:
        super().__init__(roster, books[0], pace)
        self.closing.follow(roster, wanted=any(book.needs_days() for book in books))
        self.books = tuple(books)
        rows = len(roster.resident_ids)
        all_habits: list[_Habits] = []
        variants: list[_Variant] = []
        for book in books:
            self.state.track(book.list_extra_metrics())
            key = _make_habits_key(book)
            habits = next((h for h in all_habits if h.key == key), None)
            if habits is None:
                habits = _Habits(key, Learning(book, roster), Learned(rows))
                all_habits.append(habits)
            shares = _find_shared_rules(books[0], book) if variants else frozenset[str]()
            own = _drop_rules(book, shares)
            variants.append(_Variant(Judge(own, roster), habits, Questions(rows), shares))
        self._variants = variants
        self._habits = all_habits
        self.state.all_learned = tuple(habits.learned for habits in all_habits)
        self.judge = _VariantJudge(books[0], roster, variants, learn_from)
        self.learning = _VariantLearning(books[0], roster, all_habits, learn_from)

    def resume(self, now: int) -> None:
        """Say that homebeat was not listening until `now`."""
        for habits in self._habits:
            self.state.learned = habits.learned
            super().resume(now)

    def get_learned(self, variant: int) -> Learned:
        """The habits that a variant has learned."""
        return self._variants[variant].habits.learned


class _VariantJudge(Judge):
    """Runs every variant's judge in turn; gives no edge before `judge_from`."""

    def __init__(self, book: RuleBook, roster: Roster, variants: Sequence[_Variant], judge_from: int) -> None:
        super().__init__(book, roster)
        self._variants, self._from = variants, judge_from

    def find_due(self) -> int:
        return max(min(v.judge.find_due() for v in self._variants), self._from)

    def find_urgent_due(self) -> int:
        return max(min(v.judge.find_urgent_due() for v in self._variants), self._from)

    def run(self, state: State, touched: dict[Axis, U8], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        if now >= self._from:
            yield from self._ask_all(lambda v: v.judge.run(v.enter(state), touched, now, listening_at, away))

    def run_between(self, state: State, readings: Batch, now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        if now >= self._from:
            yield from self._ask_all(lambda v: v.judge.run_between(v.enter(state), readings, now, listening_at, away))

    def run_alarms(self, state: State, devices: Sequence[int], now: int, listening_at: int, away: Bool) -> Iterator[Edge]:
        if now >= self._from:
            yield from self._ask_all(lambda v: v.judge.run_alarms(v.enter(state), devices, now, listening_at, away))

    def find_order_sensitive(self, batch: Batch) -> Bool:
        out = np.zeros(len(self.roster.device_ids), np.bool_)
        if int(batch.received_at.max()) >= self._from:
            for v in self._variants:
                out |= v.judge.find_order_sensitive(batch)
        return out

    def _ask_all(self, ask: Callable[[_Variant], Iterator[Edge]]) -> Iterator[Edge]:
        first = list(ask(self._variants[0]))
        yield from _mark_edges(0, first)
        for i, v in enumerate(self._variants[1:], 1):
            yield from _mark_edges(i, (edge for edge in first if edge.rule in v.shares))
            yield from _mark_edges(i, ask(v))


class _VariantLearning(Learning):
    """Learns habits under each variant's bounds. All residents of a day are learned at once: that takes no longer than a few."""

    def __init__(self, book: RuleBook, roster: Roster, habits: Sequence[_Habits], learn_from: int) -> None:
        super().__init__(book, roster)
        self._habits, self._from = habits, learn_from

    def find_next_turn(self, upto: int) -> int:
        del upto  # each has its own
        first = min((h.learning.find_next_turn(h.learned.upto) for h in self._habits), default=FAR)
        return max(first, self._from)

    def learn_due(self, state: State, now: int) -> dict[int, Profile]:
        if now >= self._from:
            self._from = now // DAY_MS * DAY_MS + DAY_MS
            for habits in self._habits:
                state.learned = habits.learned
                habits.learning.learn_due(state, now)
        return {}


def _mark_edges(variant: int, edges: Iterable[Edge]) -> Iterator[Edge]:
    for edge in edges:
        yield VariantEdge(**{f.name: getattr(edge, f.name) for f in fields(Edge)}, variant=variant)


def _find_shared_rules(first: RuleBook, other: RuleBook) -> frozenset[str]:
    """Find the codes of rules that decide the same in both. Those of `_TIED` count as the same only all together."""
    if first.variant_of_area != other.variant_of_area or len(first.variants) != len(other.variants):
        return frozenset()
    same = {
        code
        for code in {*first.codes, *other.codes}
        if all(a.get(code) == b.get(code) for a, b in zip(first.variants, other.variants, strict=True))
    }
    return frozenset(same if same >= _TIED & {*first.codes, *other.codes} else same - _TIED)


def _drop_rules(book: RuleBook, without: frozenset[str]) -> RuleBook:
    kept = [{code: rule for code, rule in rules.items() if code not in without} for rules in book.variants]
    return RuleBook(kept, book.variant_of_area) if without else book


def _make_habits_key(book: RuleBook) -> object:
    """Make a key: two books with the same key learn the same habits, for their bounds, budgets and areas agree."""
    rules = [rules.get(NoSignOfLife.code) for rules in book.variants]
    learned = [rule if isinstance(rule, NoSignOfLife) and rule.learned else None for rule in rules]
    areas = {area: i for area, i in book.variant_of_area.items() if learned[i] != learned[0]}
    return learned[0], sorted((area, repr(learned[i])) for area, i in areas.items())
