"""What holds of response plans where what the console says of them cannot be read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from homebeat.actions.live_book import LiveBook
from homebeat.domain.scope import EVERYTHING
from homebeat.rules.catalogue import RULES
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan


def test_what_cannot_be_read_is_tried_once_for_each_revision_and_the_settings_hold() -> None:
    tries: list[int] = []

    class Broken:
        scope = EVERYTHING
        revision = 1

        def read_revision(self) -> int:
            return self.revision

        def list_in_force(self) -> list[Any]:
            tries.append(self.revision)
            raise TypeError("a row of another version")

    broken, base = Broken(), InForce(Settings(), RulePlan(RULES))
    book, reader = LiveBook(base), SimpleNamespace(setting_changes=broken)
    for broken.revision in (1, 1, 2, 2):
        assert book(reader) is base.book  # type: ignore[arg-type]
    assert tries == [1, 2], "not with each alert"
