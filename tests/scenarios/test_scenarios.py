"""Every story in this folder, told to its end: what is expected comes, and nothing else; in memory, and in the store."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from homebeat.domain.notice import COMMAND
from homebeat.store import Store
from tests.scenarios.reasons import PEOPLE, STORIES, list_reasons, load_tale, read_known
from tests.scenarios.running import Told, tell
from tests.scenarios.stored import Stored, check
from tests.scenarios.tale import Tale

KNOWN = read_known()


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, sqlite_store: Store) -> None:
    tale = load_tale(name)
    stored = Stored(sqlite_store)
    told = tell(tale, stored)
    assert not differences(tale, told), "\n".join(["", *differences(tale, told)])
    assert dict(told.set_aside) == tale.set_aside
    # the fences would hide it: what fails is asked again, and a reason that cannot be given is left out
    assert told.failures == {}
    check(told, stored)
    assert list_reasons(tale, told) == KNOWN[name], "as it should be? Then renew it: python -m tests.scenarios.reasons"


def test_no_story_is_told_that_is_gone() -> None:
    assert sorted(KNOWN) == STORIES


def differences(tale: Tale, told: Told) -> list[str]:
    """What came and was not expected, and what was expected and did not come."""
    causes = {n.cause for n in told.notices if n.channel_kind != COMMAND}
    questions = {n.cause for n in told.notices if n.channel_kind == COMMAND}
    came = [(a, s) for a, s in told.steps if s.kind not in PEOPLE]
    faults, left = [], list(tale.expected)
    for alert, step in came:
        about = alert.subject.key.partition(":")[2]
        shown = f"{alert.rule} {step.kind} of {about} at {_local(tale, step.at)} ({step.reason.code} {dict(step.reason.params)})"
        fits = [e for e in left if (e.rule, e.kind, e.about) == (alert.rule, step.kind, about)]
        fits = [e for e in fits if abs(e.at - step.at) <= e.within.total_seconds() * 1000]
        if not fits:
            faults.append(f"unexpected: {shown}")
            continue
        left.remove(fits[0])
        if fits[0].tells != (step.key in causes):
            faults.append(f"the family is {'not ' if fits[0].tells else ''}told: {shown}")
        if fits[0].asks != (step.key in questions):
            faults.append(f"the resident is {'not ' if fits[0].asks else ''}asked: {shown}")
        if fits[0].priority not in {None, alert.priority}:
            faults.append(f"another priority, not {fits[0].priority}: {shown}, {alert.priority}")
        if fits[0].because not in {None, step.reason.code}:
            faults.append(f"another reason, not {fits[0].because}: {shown}")
    return faults + [f"did not come: {e.rule} {e.kind} of {e.about} at {_local(tale, e.at)}, though {e.why}" for e in left]


def _local(tale: Tale, at: int) -> str:
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(tale.zone))
    day = (local.date() - datetime.fromisoformat(tale.begins).date()).days
    return f"{day} {local:%H:%M:%S}"
