"""What the people of the city chose: what they silenced, and which rules they changed in the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.setting_change import SettingChange, SettingState
from homebeat.domain.silence import Silence
from homebeat.store import ReadSession, UnitOfWork


def add_silences(tx: UnitOfWork, name: str, at: int) -> None:
    """One silence about a resident of this home, and one of its area."""
    home, area = HouseholdId(name), AreaId(name.split(".", maxsplit=1)[0])
    about = Silence(0, "no_water", f"resident:{name}-r", home, area, f"{name} said so", "user:ann", at, at + 9)
    tx.silences.add(about)
    tx.silences.add(replace(about, rule=f"of {name}", subject_key="", household=None, reason=f"{area}. wants it"))


def find_silences(reader: ReadSession) -> Iterator[str]:
    """What a reader sees of them."""
    for one in reader.silences.read_page(0).items:
        found = reader.silences.find(one.id)
        assert found == one
        yield one.reason


def set_rules(tx: UnitOfWork, area: str, at: int) -> None:
    """One change of this area that is proposed, and one that is in force."""
    wanted = SettingChange(0, AreaId(area), "rules.no_water", None, {"enabled": True}, SettingState.PROPOSED, 1, at, "user:ann")
    tx.setting_changes.add(replace(wanted, reason=f"{area}. wants it"))
    tx.setting_changes.add(replace(wanted, subject="rules.gas", state=SettingState.IN_FORCE, reason=f"{area}. has it"))


def find_setting_changes(reader: ReadSession) -> Iterator[str]:
    """What a reader sees of them."""
    changes = reader.setting_changes
    for one in (*changes.read_page().items, *changes.list_proposed()):
        assert changes.find(one.id) == one == changes.find_newest(one.area, one.subject)
        yield one.reason
    for one in changes.list_in_force():
        assert one.area is not None
        assert changes.count_residents(one.area)
        yield f"{one.area}."
