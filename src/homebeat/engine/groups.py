"""Homes and devices that may share a cause: those of an area, of a building, behind a gateway; and which of them explains most.

The groups are made once for each state of the registry. Everything else is counting over arrays, so that a city costs as little
as a street.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Subject
from homebeat.stream.batch import Bool
from homebeat.stream.roster import Roster

_Name = TypeVar("_Name", bound=str)
#: The number of a group for each thing; -1 for none.
Numbers = NDArray[np.intp]
#: This share of a group must have the fault at least. With this share of what is seen in a wider group, it explains all of it.
SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class GroupKind:
    """All groups of one kind: areas, buildings or gateways.

    Attributes:
        subjects: What an alert about each group is about.
        home: intp[homes], the group of each home; -1 for none. Empty for gateways: a home may have several.
        device: intp[devices], the group of each device; -1 for none.
        first_home, first_device: intp[groups], one home and one device of each; -1 where it has none.
        least_homes: Fewer homes may have the same fault at the same time by chance.
        least_devices: Fewer devices may.
    """

    subjects: list[Subject] = field(default_factory=list)
    home: Numbers = field(default_factory=lambda: np.empty(0, np.intp))
    device: Numbers = field(default_factory=lambda: np.empty(0, np.intp))
    least_homes: int = 5
    least_devices: int = 5

    @property
    def first_home(self) -> Numbers:
        """A home of each group."""
        return _find_first(self.home, len(self))

    @property
    def first_device(self) -> Numbers:
        """A device of each group."""
        return _find_first(self.device, len(self))

    def __len__(self) -> int:
        return len(self.subjects)


@dataclass(slots=True)
class Groups:
    """The groups of a roster.

    A building belongs to an area, and so does what hangs on a gateway: an alert about either is for those who answer there.

    Attributes:
        kinds: Areas, buildings and gateways: the widest first.
        place: Of each subject of a group, its kind and its number.
    """

    roster: Roster
    kinds: tuple[GroupKind, GroupKind, GroupKind] = field(default_factory=lambda: (GroupKind(), GroupKind(), GroupKind()))
    place: dict[Subject, tuple[GroupKind, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, roster: Roster) -> Groups:
        """Make the groups of a roster."""
        home = roster.device_household
        names, area = _number(roster.household_area)
        areas = GroupKind([Subject(area=name) for name in names], area, area[home])
        parts, of_home = _number_parts(area, roster.household_building)
        buildings = GroupKind([Subject(area=names[one], building=name) for one, name in parts], of_home, of_home[home])
        parts, of_device = _number_parts(areas.device, roster.device_gateway)
        # that these share one line is known, so fewer of them need be silent
        gateways = GroupKind(
            [Subject(area=names[one], gateway=name) for one, name in parts], device=of_device, least_homes=2, least_devices=3
        )
        kinds = (areas, buildings, gateways)
        return cls(roster, kinds, {subject: (kind, i) for kind in kinds for i, subject in enumerate(kind.subjects)})

    def mark_homes(self, subjects: Iterable[Subject]) -> Bool:
        """bool[homes]: homes of one of these groups; of a gateway, those of which a device hangs on it."""
        marked = np.zeros(len(self.roster.household_ids), np.bool_)
        for kind, wanted in self._mark_groups(subjects):
            if len(kind.home):
                marked |= wanted[kind.home]
            else:
                marked[self.roster.device_household[wanted[kind.device]]] = True
        return marked

    def mark_devices(self, subjects: Iterable[Subject]) -> Bool:
        """bool[devices]: devices of one of these groups."""
        marked = np.zeros(len(self.roster.device_ids), np.bool_)
        for kind, wanted in self._mark_groups(subjects):
            marked |= wanted[kind.device]
        return marked

    def find_gateways(self, gateways: Sequence[Subject], homes: Iterable[int]) -> dict[int, Subject]:
        """Find for each of these homes (rows) one of these gateways on which a device of it hangs; left out where none is."""
        if not gateways:
            return {}
        asked = np.zeros(len(self.roster.household_ids), np.bool_)
        asked[list(homes)] = True
        devices = np.flatnonzero(self.mark_devices(gateways) & asked[self.roster.device_household])
        kind = self.kinds[-1]
        return {
            home: kind.subjects[number]
            for home, number in zip(self.roster.device_household[devices].tolist(), kind.device[devices].tolist(), strict=True)
        }

    def _mark_groups(self, subjects: Iterable[Subject]) -> Iterator[tuple[GroupKind, Bool]]:
        """Yield each kind of which one is wanted, with bool[groups + 1]: the wanted ones. The last, which -1 finds, never is."""
        places = [self.place[subject] for subject in subjects if subject in self.place]
        for kind in self.kinds:
            numbers = [number for of_kind, number in places if of_kind is kind]
            if numbers:
                wanted = np.zeros(len(kind) + 1, np.bool_)
                wanted[numbers] = True
                yield kind, wanted


def count_groups(numbers: Numbers, which: Bool, groups: int) -> Numbers:
    """Count the marked things of each group; intp[groups]."""
    here = numbers[which & (numbers >= 0)]
    return np.bincount(here, minlength=groups)


def is_undecided(inside: Numbers, half: Bool, in_wider: Numbers, own: Numbers, least: int) -> Bool:
    """bool[groups]: groups that have to wait, because the wider one that each lies in may turn out to have the fault.

    Args:
        inside: intp[groups], the wider group; -1 for none.
        half: bool[wider groups], those that have had the fault for half the time that it takes.
        in_wider: intp[wider groups], how many things are in each.
        own: intp[groups], how many things are in each.
        least: So many others must be in the wider group: fewer say nothing.
    """
    waits = np.zeros(len(inside), np.bool_)
    lies = inside >= 0
    wider = inside[lies]
    waits[lies] = half[wider] & (in_wider[wider] - own[lies] >= least)
    return waits


def find_wider(wider: Numbers, first: Numbers) -> Numbers:
    """Find the wider group that each group lies in, by one thing of it; intp[groups], -1 for none.

    Args:
        wider: intp[n], the wider group of each thing.
        first: intp[groups], one thing of each group; -1 for none.
    """
    found = np.full(len(first), -1, np.intp)
    found[first >= 0] = wider[first[first >= 0]]
    return found


def choose_groups(found: Sequence[tuple[Numbers, Bool]], affected: Bool) -> list[list[int]]:
    """Choose the groups that explain what is affected, each thing once.

    A group gives way to a smaller one that has nearly all of what is affected in it; else it takes the smaller ones in.

    Args:
        found: For each kind, the widest first: intp[n], the group of each thing, -1 for none; bool[groups], which have the fault.
        affected: bool[n], the things that have it.

    Returns:
        The numbers of the chosen groups, for each kind.
    """
    left, chosen = affected.copy(), list[list[int]]()
    for kind, (numbers, has_fault) in enumerate(found):
        keep = np.zeros(len(has_fault), np.bool_)
        if has_fault.any():
            size = count_groups(numbers, left, len(keep))
            keep = has_fault & (size > 0) & (size >= SHARE * count_groups(numbers, affected, len(keep)))
            for smaller, has_it in found[kind + 1 :]:
                keep &= _find_largest(numbers, smaller, has_it, left, len(keep)) < SHARE * size
            inside = numbers >= 0
            left[inside] &= ~keep[numbers[inside]]
        chosen.append(np.flatnonzero(keep).tolist())
    return chosen


def _find_largest(numbers: Numbers, smaller: Numbers, has_fault: Bool, left: Bool, groups: int) -> Numbers:
    """Find how many of the things left in each group are in the one smaller group with the fault that has most of them."""
    largest = np.zeros(groups, np.intp)
    both = left & (numbers >= 0) & (smaller >= 0)
    both[both] = has_fault[smaller[both]]
    pairs, count = np.unique(numbers[both] * max(len(has_fault), 1) + smaller[both], return_counts=True)
    np.maximum.at(largest, pairs // max(len(has_fault), 1), count)
    return largest


def _find_first(numbers: Numbers, groups: int) -> Numbers:
    first = np.full(groups, -1, np.intp)
    having = np.flatnonzero(numbers >= 0)[::-1]
    first[numbers[having]] = having
    return first


def _number(names: Sequence[_Name]) -> tuple[list[_Name], Numbers]:
    number: dict[_Name, int] = {}
    placed = np.fromiter((number.setdefault(name, len(number)) for name in names), np.intp, len(names))
    return list(number), placed


def _number_parts(areas: Numbers, names: Sequence[str]) -> tuple[list[tuple[int, str]], Numbers]:
    """Number what has a name of its own in each area, as area and name; an empty name is none."""
    different, named = _number(names)
    many = max(len(different), 1)
    pairs, placed = np.unique(areas * many + named, return_inverse=True)
    is_none = np.array([not different[pair % many] for pair in pairs.tolist()], np.bool_)
    number = np.where(is_none, -1, np.cumsum(~is_none) - 1)
    return [(pair // many, different[pair % many]) for pair in pairs[~is_none].tolist()], number[placed]
