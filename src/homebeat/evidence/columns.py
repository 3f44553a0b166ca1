"""Alerts as columns that grow: about 95 bytes an alert, so that a year of a city fits into memory."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from homebeat.domain.alert import Outcome
from homebeat.evidence.course import AlertCourse, Milestone, count_escalations, count_run_outs, find_milestones, is_chattering

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_Name = TypeVar("_Name", bound=Hashable)
#: Stands in a column of times for what has not happened.
NOT_YET: Final = -1
#: Outcomes that say that nobody needed anything, and that a rule or a device was wrong.
_FALSE: Final = frozenset({Outcome.FALSE, Outcome.DEVICE})


@dataclass(slots=True)
class CodedNames(Generic[_Name]):
    """Small numbers for texts, or sets of texts, that come again and again."""

    names: list[_Name] = field(default_factory=list)
    _codes: dict[_Name, int] = field(default_factory=dict)

    def find_code(self, name: _Name) -> int:
        """Find the code of a name; one that is new gets the next."""
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code


class AlertColumns:
    """The alerts of a span. The coded columns hold texts: `area`, `rule`, and the others of `_CODED`."""

    _CODED: Final = ("area", "rule", "priority", "queue", "source", "device_kind", "timezone", "provider")
    _FLAGS: Final = ("closed", "false", "escalated", "returned", "chattering", "visited")

    def __init__(self) -> None:
        self._opened = array("q")
        self._reached = {milestone: array("q") for milestone in Milestone}
        self._codes = {name: array("i") for name in self._CODED}
        self._flags = {name: array("b") for name in self._FLAGS}
        self._names = {name: CodedNames[str]() for name in self._CODED}
        self._models = array("i")
        self._model_sets = CodedNames[tuple[str, ...]]()

    def __len__(self) -> int:
        return len(self._opened)

    def add(self, course: AlertCourse) -> None:
        """Add an alert."""
        self._opened.append(course.opened_at)
        reached = find_milestones(course)
        for milestone, column in self._reached.items():
            # the clock of the engine may be ahead of that of the database
            column.append(max(course.opened_at, reached[milestone]) if milestone in reached else NOT_YET)
        for name, codes in self._codes.items():
            codes.append(self._names[name].find_code(getattr(course, name)))
        self._models.append(self._model_sets.find_code(course.device_models))
        flags = self._flags
        flags["closed"].append(course.outcome is not None)
        flags["false"].append(course.outcome in _FALSE)
        flags["escalated"].append(count_escalations(course) > 0)
        flags["returned"].append(count_run_outs(course) > 0)
        flags["chattering"].append(is_chattering(course))
        flags["visited"].append(course.is_visited)

    @property
    def opened_at(self) -> I64:
        """When each was opened, epoch ms."""
        return _view_times(self._opened)

    def get_reached(self, milestone: Milestone) -> I64:
        """When each reached a milestone, epoch ms; `NOT_YET` where it has not."""
        return _view_times(self._reached[milestone])

    def get_codes(self, name: str) -> npt.NDArray[np.int32]:
        """A coded column; its texts are `get_names(name)`."""
        return np.frombuffer(self._codes[name], np.int32) if len(self) else np.empty(0, np.int32)

    def get_names(self, name: str) -> list[str]:
        """The texts of a coded column, by their codes."""
        return self._names[name].names

    def get_models(self) -> npt.NDArray[np.int32]:
        """The models on whose word each was opened, as codes of `get_model_sets`."""
        return np.frombuffer(self._models, np.int32) if len(self) else np.empty(0, np.int32)

    def get_model_sets(self) -> list[tuple[str, ...]]:
        """Models that occur together, by their codes."""
        return self._model_sets.names

    def get_flags(self, name: str) -> Flags:
        """`closed`, `false`, `escalated`, `returned`, `chattering` or `visited`."""
        return np.frombuffer(self._flags[name], np.bool_) if len(self) else np.empty(0, np.bool_)


def _view_times(values: array[int]) -> I64:
    return np.frombuffer(values, np.int64) if len(values) else np.empty(0, np.int64)
