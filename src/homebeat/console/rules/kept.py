"""Keeps what somebody typed into the form of a rule while it is tried on the past, so that it comes back with the result."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: As many as the runner of back-tests keeps results.
_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form as it was sent.

    Attributes:
        actor: Who typed it; a reason is given back to nobody else.
        typed: By the name of the field.
        newest: The number of the newest change that the form was made from.
    """

    actor: str
    typed: Mapping[str, str]
    newest: int


class KeptForms:
    """Forms by the id of the back-test that was made of them, the newest 20. Safe to share between threads."""

    def __init__(self) -> None:
        self._forms: OrderedDict[str, KeptForm] = OrderedDict()
        self._turn = threading.Lock()

    def keep(self, trial: str, form: KeptForm) -> None:
        """Keep a form; the oldest makes room."""
        with self._turn:
            self._forms[trial] = form
            while len(self._forms) > _KEPT:
                self._forms.popitem(last=False)

    def find(self, trial: str, actor: str) -> KeptForm | None:
        """Find the form of a back-test; None where another person typed it, or it is too old."""
        with self._turn:
            found = self._forms.get(trial)
        return found if found is not None and found.actor == actor else None
