"""Runs the parts of one process, watches their threads, and closes them in reverse."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from homebeat.bootstrap.audit_key import open_signer
from homebeat.bootstrap.clock import DatabaseClock
from homebeat.bootstrap.descriptors import check_descriptors, describe_shortage, limit_connections, raise_limit
from homebeat.bootstrap.home_assistant import make_home_assistant_lane
from homebeat.bootstrap.part_threads import PartThreads
from homebeat.bootstrap.parts import (
    join_journal,
    make_audit_signer,
    make_deadline_keeper,
    make_deliverer,
    make_echo_noter,
    make_egress_policy,
    make_receipt_asker,
    make_source,
    make_unique_name,
    make_watch,
    read_in_force,
)
from homebeat.bootstrap.people import FIRST_ACCOUNT, invite_first
from homebeat.bootstrap.platforms import keep_places, make_lanes
from homebeat.bootstrap.runtime import check_port, end_hard, read_failpoints
from homebeat.bootstrap.search_index import keep_search_index
from homebeat.deliver.home_assistant.lane import SERVICE as HOME_ASSISTANT
from homebeat.deliver.receipt_asker import SERVICE as RECEIPTS
from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.ingest.joined import JoinedSource
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.settings.model import InForce
from homebeat.store import Signer, Store, open_store
from homebeat.watch import Watch
from homebeat.watch.cloud_pushes import SERVICE as INTAKE

if TYPE_CHECKING:
    from homebeat.api.context import Check
    from homebeat.api.serving import Server
    from homebeat.backtest.service import BacktestRunner

ROLES: Final = ("watch", "deliver", "deadlines", "api")
_LOOK_EVERY_S: Final = 0.5
#: What to do where no database is found.
NAME_THE_DATABASE: Final = (
    "Name yours with --settings FILE, HOMEBEAT_CONFIG, HOMEBEAT_STATE_DIR or HOMEBEAT_DATABASE_URL; "
    "`homebeat db upgrade` makes a new, empty one"
)
_log = logging.getLogger(__name__)


class Service:
    """The chosen roles in one process.

    Args:
        environ: For failpoints only.
        prepare: Called with the store once the database answers, before anything is watched.
        finish: Called with the store once every part has started, for what may take its time.
    """

    def __init__(
        self,
        force: InForce,
        roles: tuple[str, ...],
        environ: Mapping[str, str],
        prepare: Callable[[Store], None],
        finish: Callable[[Store], None] = lambda _store: None,
    ) -> None:
        self._force, self._roles, self._prepare, self._finish = force, roles, prepare, finish
        self._failpoint = read_failpoints(environ)
        self.store = open_store(force.settings.store_url, force.settings.key_path, create=False)
        self._clock = DatabaseClock(self.store)
        self.source: MqttSource | JoinedSource | None = None
        self._threads = PartThreads()
        self._server: Server | None = None
        self._backtests: BacktestRunner | None = None
        self._checks: dict[str, Check] = {}
        self._descriptors = raise_limit()
        self.address = ""

    def start(self) -> None:
        """Start the threads and return. Nothing that is away is waited for: each part comes up when what it needs does.

        Raises:
            BadSettings: A port is in use.
        """
        shortage = describe_shortage(self._force.settings, self._roles, self._descriptors) if "api" in self._roles else None
        if shortage:
            _log.warning("%s", shortage)
        if self.store.path is not None:
            self._checks["database_file"] = self.store.find_fault
        self._checks["descriptors"] = lambda: check_descriptors(self._descriptors)
        # Heartbeats of the process before us may still be fresh. They say nothing of the parts that have not started yet.
        self._checks["start"] = lambda: "not every part has started yet"
        # the API first: it can say that the rest is not there yet
        if "api" in self._roles:
            self._start_api()
        stopper = threading.Event()
        self._threads.spawn("prepare", lambda: self._start_rest(stopper), stopper, may_end=True)

    def _start_api(self) -> None:
        # a process that serves nothing starts without them: nobody waits for FastAPI before an SOS is judged
        from homebeat.api.serving import Server
        from homebeat.backtest.service import BacktestRunner
        from homebeat.bootstrap.application import make_app, make_connection_limits

        http = self._force.settings.http
        port = check_port(http.host, http.port, "--port or HOMEBEAT_HTTP_PORT")
        self.address = f"http://{http.host}:{port}"
        # links in notices name the port that was found, where any free one was asked for
        self._force = self._force.set_port(port)
        folder, read_force = self._force.settings.state_dir / "backtests", partial(read_in_force, self._force, self.store)
        self._backtests = BacktestRunner(self._force, folder, self._clock, read_force=read_force)
        app, feed = make_app(self._force, self.store, self._clock, self._checks, self._backtests)
        fit = limit_connections(self._force.settings, self._roles, self._descriptors)
        limits = make_connection_limits(self._force.settings, fit)
        self._server = Server(app, feed, host=http.host, port=port, limits=limits)
        self._threads.spawn("api", self._server.run, threading.Event())

    def _start_rest(self, stopper: threading.Event) -> None:
        if not self._wait_until_ready(stopper):
            return
        # what is loaded by now stays: the garbage collector need not walk it again and again, a tenth of the work of a part
        gc.freeze()
        ticking = threading.Event()
        self._threads.spawn("clock", lambda: self._clock.run(ticking), ticking)
        deliverer = None
        if "deliver" in self._roles:
            echoes, noting = make_echo_noter(self._force, self.store, self._clock), threading.Event()
            self._threads.spawn("echoes", lambda: echoes.run(noting), noting)
            deliverer = make_deliverer(self._force.settings, self.store, self._clock, self._failpoint, echoes=echoes)
            stop = threading.Event()
            self._threads.spawn("deliver", lambda: deliverer.run(stop), stop)
            self._start_asking()
            self._start_platforms()
            self._start_home_assistant()
        if "deadlines" in self._roles:
            keeper = make_deadline_keeper(self._force, self.store, self._clock, deliverer.wake if deliverer is not None else None)
            ending = threading.Event()
            self._threads.spawn("deadlines", lambda: keeper.run(ending), ending)
        if "watch" in self._roles:
            self._start_watch(deliverer.wake if deliverer is not None else lambda: None)
        if "api" in self._roles:
            self._invite_first()
            writing = threading.Event()
            self._threads.spawn("search index", lambda: keep_search_index(self.store, writing), writing)
        del self._checks["start"]
        self._finish(self.store)

    def _start_asking(self) -> None:
        asker, stop = make_receipt_asker(self._force, self.store, self._clock), threading.Event()
        if asker is not None:
            self._threads.spawn(RECEIPTS, lambda: asker.run(stop), stop)
            return
        with self.store.begin() as tx:
            tx.heartbeats.forget(RECEIPTS)

    def _start_platforms(self) -> None:
        """Start a lane to each city platform: one that is dead or slow costs no other, and no family."""
        settings = self._force.settings
        lanes = make_lanes(settings, self.store, make_egress_policy(settings), make_unique_name(), self._clock)
        keep_places(settings, [name for name, _ in lanes], self.store, self._clock())
        for name, lane in lanes:
            stop = threading.Event()
            self._threads.spawn(f"platform {name}", partial(lane.run, stop), stop)

    def _start_home_assistant(self) -> None:
        """Start the lane to Home Assistant, where anything is to be announced or taken back."""
        lane, stop = make_home_assistant_lane(self._force.settings, self.store, self._clock), threading.Event()
        if lane is None:
            with self.store.begin() as tx:
                tx.heartbeats.forget(HOME_ASSISTANT)
            return
        is_enabled = self._force.settings.home_assistant.enabled
        self._threads.spawn("home assistant", lambda: lane.run(stop), stop, may_end=not is_enabled)

    def _invite_first(self) -> None:
        """Print a link for the first administrator, where nobody can sign in yet."""
        link = invite_first(self.store, self._force.settings.link_base)
        if link:
            print(f"the first administrator signs in here, once, within 24 hours: {link}", flush=True)
            print(f"(another link: homebeat user link {FIRST_ACCOUNT})", flush=True)

    def _start_watch(self, on_commit: Callable[[], None]) -> None:
        source = self.source = join_journal(self._force.settings, make_source(self._force.settings, end_hard, self._clock))
        if not self._force.settings.intake.clouds:
            with self.store.begin() as tx:
                tx.heartbeats.forget(INTAKE)
        signer = self._open_signer()
        watch = make_watch(self._force, self.store, source, self._clock, self._failpoint, on_commit, signer)
        self._checks["watch"] = lambda: watch.wrong
        stop = threading.Event()

        def work() -> None:
            if watch.wait_for_lease(stop):
                self._checks["broker"] = lambda: source.get_state().unready
                source.start()
                if signer is not None:
                    self._start_signing(signer, watch)
                watch.run(stop)

        self._threads.spawn("watch", work, stop)

    def _open_signer(self) -> Signer | None:
        """Open the key of the audit. Without it nothing is signed, which is said; alarms must be heard all the same."""
        try:
            return open_signer(self._force.settings.state_dir)
        except BadSettings as error:
            _log.error("the audit is not signed: %s", error)
            return None

    def _start_signing(self, signer: Signer, watch: Watch) -> None:
        """Sign the audit while this process holds the lease: of two machines, one signs."""
        stop = threading.Event()
        signing = make_audit_signer(self._force.settings, self.store, signer, self._clock, partial(watch.note, "the audit"))
        self._threads.spawn("audit", lambda: signing.run(stop), stop)

    def _wait_until_ready(self, stop: threading.Event) -> bool:
        """Wait for the database, then make sure that it can be trusted; False when stopped meanwhile."""
        self._checks |= {"database": lambda: "not reached yet", "machine_clock": self._clock.wrong}
        while not stop.is_set():
            try:
                self._prepare(self.store)
                self._clock.look()
            except Unavailable as away:
                _log.warning("waiting for the database: %s", away)
                stop.wait(2.0)
            else:
                del self._checks["database"]
                return True
        return False

    def wait(self, stop: threading.Event) -> None:
        """Wait until `stop` is set; a thread that dies ends the process by itself."""
        while not stop.wait(_LOOK_EVERY_S):
            continue

    def close(self) -> None:
        """Stop everything: the watch commits and leaves a checkpoint, deliveries in flight end, streams are closed."""
        self._threads.stop()
        if self._server is not None:
            self._server.stop()
        if self._backtests is not None:
            self._backtests.close()
        self._threads.join()
        if self.source is not None:
            self.source.close()
        self.store.close()


def refuse_unusable(store: Store) -> None:
    """Refuse to go on if the tables are not those of this version, or the key file does not open what is sealed in them.

    Raises:
        BadSettings: They are not, it does not, or there is no database; says what to do. Nothing was written.
        Unavailable: The database is away.
    """
    if (missing := store.find_missing()) is not None:
        raise BadSettings(f"there is no database at {missing}. {NAME_THE_DATABASE}")
    store.ping()
    wanted, there = store.find_newest_revision(), store.read_revision()
    if there != wanted:
        raise BadSettings(
            f"the database is at revision {there or 'none'}, this version needs {wanted}: run `homebeat db upgrade`"
        )
    store.check_key_file()
