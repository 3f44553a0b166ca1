"""A call for help, step by step, each by a process of its own that is killed at each of its commits: `python -m` with a folder.

A step begins from a copy of the database as the step before left it. A process does it and kills itself with SIGKILL just before,
or just after, its n-th commit; then another process does the same again, as whoever was interrupted presses again or starts anew.
What is left is compared with what is left where nobody was killed. What leaves is appended to a file, as a receiver would see it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Engine, event

from homebeat import actions
from homebeat.actions import FollowEdges, Perform, perform_in
from homebeat.actions.identify import identify_family, identify_visitor
from homebeat.actions.report_visit import VisitReport
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver.attempt import Attempts
from homebeat.deliver.outbox import LEASE_MS, StoreOutbox
from homebeat.deliver.ports import Receipt
from homebeat.domain.alert import Outcome, Priority
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.errors import HomebeatError
from homebeat.domain.failpoints import pass_failpoint
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.ids import ResponderId
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.response.setup import ResponseSetup
from homebeat.store import Fence, Leased, Store, UnitOfWork, open_store
from homebeat.store.base.database import Database
from homebeat.store.sealing.key_file import KeyFile
from tests.contract.response.street import make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.keys import KEY_FILE
from tests.people import person

BASE: Final = "https://desk.example"
SETUP: Final = ResponseSetup(BASE)
SOS: Final = quiet("sos", priority=Priority.CRITICAL)
CHEN: Final = person("chen", Role.DESK, "town")
WANG, GRID = ResponderId("wang"), ResponderId("grid")
#: What may differ: who tried how often and when, what is sealed anew, and secrets.
_LEFT_OUT: Final = frozenset({"lease_owner", "lease_until", "set_at", "attempts", "last_error", "due_at"})
#: Of one step; to send each further message is the same two commits again.
_MOST_KILLS: Final = 6
#: Of these, all but what is sealed is compared.
_TABLES: Final = ("alert", "transition", "alert_event", "deadline", "visit", "follow_up", "complaint", "provider_order")


class KillableStore(Store):
    """A store whose process kills itself just before or after one of its commits; `at` counts both, from 0."""

    def __init__(self, file: Path, at: int | None) -> None:
        super().__init__(Database.parse(f"sqlite:///{file}"), KeyFile(KEY_FILE))
        self._at, self._passed, self._is_writing = at, 0, False
        event.listen(Engine, "commit", self._commit)

    @contextmanager
    def begin(self, fence: Fence | None = None, scope: Scope = EVERYTHING) -> Iterator[UnitOfWork]:
        with super().begin(fence, scope) as tx:
            yield tx
            self._is_writing = True
        self._pass()

    def _commit(self, _connection: object) -> None:
        if self._is_writing:
            self._is_writing = False
            self._pass()

    def _pass(self) -> None:
        if self._passed == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._passed += 1


class Mailbox:
    """Everything that left; implements `Sender`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, notice: Leased, _now: int) -> Receipt:
        line = json.dumps([notice.id, notice.contact, notice.event, notice.created_at, notice.payload.get("link", "")])
        with self._file.open("a") as out:
            out.write(line + "\n")
        return Receipt(ok=True, status=200)

    def list_all(self) -> list[list[Any]]:
        return [json.loads(line) for line in self._file.read_text().splitlines()]

    def find_token(self, contact: str) -> str:
        """The secret of the last link that somebody got."""
        links = [link for _, who, _, _, link in self.list_all() if who == contact]
        return str(urlsplit(links[-1]).path).split("/")[2]

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What somebody has who does a step."""

    store: Store
    mailbox: Mailbox
    now: int

    def perform(self, who: Any, action: Any) -> Any:
        return Perform(self.store, lambda: self.now, SETUP)(who, action)

    def open(self) -> None:
        with self.store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges((SOS,)), self.now, SETUP)

    def deliver(self) -> None:
        outbox = StoreOutbox(self.store, f"deliverer.{os.getpid()}", family_base=BASE)
        send = Attempts(
            outbox, {"webhook": self.mailbox}, lambda: self.now, random.Random(1), pass_failpoint, threading.Event()
        )  # fmt: skip
        for notice in outbox.claim(self.now, 100):
            send.make(notice)

    def keep(self) -> None:
        keeper = DeadlineKeeper(self.store, SETUP, lambda: self.now)
        keeper.turn()
        keeper.step(self.now)  # what follows from that

    def send_to_door(self, who: ResponderId) -> None:
        self.perform(CHEN, actions.AssignVisit(SOS.alert_id, who))

    def report(self, report: VisitReport) -> None:
        caller = identify_visitor(self.store, self.mailbox.find_token("/grid"), self.now)
        assert caller is not None
        outcome = Outcome.HELPED if report is VisitReport.SEEN else None
        self.perform(caller.principal, actions.ReportVisit(caller.link_id, report, outcome))

    def reply(self, answer: FamilyReply) -> None:
        caller = identify_family(self.store, self.mailbox.find_token("h1/son"), self.now)
        assert caller is not None
        self.perform(caller.principal, actions.Reply(caller.link_id, answer))

    def say_afterwards(self) -> None:
        caller = identify_family(self.store, self.mailbox.find_token("h1/daughter"), self.now)
        assert caller is not None
        self.perform(caller.principal, actions.SayAfterwards(caller.link_id, FollowUpAnswer.NOBODY))

    def close_alert(self) -> None:
        self.perform(CHEN, actions.Resolve(SOS.alert_id, Outcome.HELPED, note="helped up"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, so many minutes after the beginning, and what is done."""

    name: str
    minute: float
    act: Callable[[Scene], None]


#: A day later it is asked whether somebody came: at nine, by the clock of the home.
_NEXT_DAY: Final = 25 * HOUR_MS / MINUTE_MS
STEPS: Final = (
    Step("the alert opens", 0, Scene.open),
    Step("everybody is written to", 0, Scene.deliver),
    Step("the son asks that somebody goes", 1, lambda scene: scene.reply(FamilyReply.GO)),
    Step("nobody answers in time", 6, Scene.keep),
    Step("the desk sends the volunteer", 7, lambda scene: scene.send_to_door(WANG)),
    Step("the volunteer does not come", 11, Scene.keep),
    Step("the desk sends the grid worker", 12, lambda scene: scene.send_to_door(GRID)),
    Step("the grid worker is written to", 12, Scene.deliver),
    Step("the grid worker sets off", 14, lambda scene: scene.report(VisitReport.GO)),
    Step("the grid worker is at the door", 20, lambda scene: scene.report(VisitReport.AT_DOOR)),
    Step("the son changes his answer", 21, lambda scene: scene.reply(FamilyReply.FINE)),
    Step("the grid worker has seen her", 25, lambda scene: scene.report(VisitReport.SEEN)),
    Step("the desk closes", 30, Scene.close_alert),
    Step("the closing is written", 30, Scene.deliver),
    Step("the family is asked whether somebody came", _NEXT_DAY + 60, Scene.keep),
    Step("the question is written", _NEXT_DAY + 60, Scene.deliver),
    Step("the daughter says that nobody came", _NEXT_DAY + 90, Scene.say_afterwards),
)


class Course:
    """The steps, one after the other, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        store = open_store(f"sqlite:///{folder / 'base.db'}", KEY_FILE)
        with store.begin() as tx:
            tx.fleet.apply(make_fleet(), T0)
        store.close()
        (folder / "base.sent").touch()

    def run(self, step: Step) -> dict[str, Any]:
        """Do a step, once undisturbed and once for each commit at which somebody is killed; returns what was seen.

        Raises:
            RuntimeError: A process failed in another way than by being killed.
        """
        for kind in ("db", "sent"):
            shutil.copy(self._folder / f"base.{kind}", self._folder / f"good.{kind}")
        self._fork("good", step, None)
        self._fork("good", step, None, again=True)
        wanted, faults, kills = self._look("good"), [], 0
        while True:
            for left in self._folder.glob("killed.*"):
                left.unlink()
            for kind in ("db", "sent"):
                shutil.copy(self._folder / f"base.{kind}", self._folder / f"killed.{kind}")
            if kills == _MOST_KILLS or not self._fork("killed", step, kills):
                break
            kills += 1
            self._fork("killed", step, None, again=True)
            found = self._look("killed")
            faults += [
                f"commit {kills}: {name}: {wanted[name]} became {found[name]}" for name in wanted if wanted[name] != found[name]
            ]
        for kind in ("db", "sent"):
            (self._folder / f"good.{kind}").rename(self._folder / f"base.{kind}")
        return {"step": step.name, "kills": kills, "faults": faults, "sent": len(wanted["sent"])}

    def _fork(self, name: str, step: Step, kill_at: int | None, *, again: bool = False) -> bool:
        """Do a step in a process of its own; returns whether it was killed. It is done again after leases have ended."""
        pid = os.fork()
        if pid == 0:
            self._be(name, step, kill_at, again=again)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status not in {0, -signal.SIGKILL} or (status and kill_at is None):
            raise RuntimeError(f"{step.name}: the process ended with {status}")
        return status != 0

    def _be(self, name: str, step: Step, kill_at: int | None, *, again: bool) -> None:
        try:
            store = KillableStore(self._folder / f"{name}.db", kill_at)
            now = T0 + round(step.minute * MINUTE_MS) + (LEASE_MS + 1 if again and step.act is Scene.deliver else 0)
            with suppress(HomebeatError):  # whoever presses again is answered that it is done
                step.act(Scene(store, Mailbox(self._folder / f"{name}.sent"), now))
            store.close()
        except BaseException:  # noqa: BLE001 -- whatever it is, this process must not go on as its parent
            traceback.print_exc()
            os._exit(3)
        os._exit(0)

    def _look(self, name: str) -> dict[str, list[Any]]:
        """What stands in the tables, and what has left: each message once, by its id."""
        with sqlite3.connect(self._folder / f"{name}.db") as connection:
            connection.row_factory = sqlite3.Row
            found = {table: _read(connection, table, frozenset()) for table in _TABLES}
            found["outbox"] = _read(connection, "outbox", _LEFT_OUT)
        connection.close()
        sent = {tuple(line[:4]) for line in Mailbox(self._folder / f"{name}.sent").list_all()}
        return found | {"sent": sorted(sent)}


def _read(connection: sqlite3.Connection, table: str, left_out: frozenset[str]) -> list[Any]:
    rows = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    return [{key: row[key] for key in row.keys() if key not in left_out and not key.endswith("_sealed")} for row in rows]  # noqa: SIM118


def main() -> None:
    course = Course(Path(sys.argv[1]))
    for step in STEPS:
        print(json.dumps(course.run(step)), flush=True)


if __name__ == "__main__":
    main()
