"""Confines a process that is not ours to write: what it may connect to, open and start is judged while it does so.

For a library that opens its own connections, in a process of its own. An audit hook sees the address to which each socket is
opened, so that no second look-up, redirect or parser can change it afterwards. It protects against a hostile address that was
given to an honest library, not against a hostile library. A hook cannot be taken out again.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from homebeat.egress.policy import EgressPolicy

#: Other ways out of a process than a connection that was judged.
_REFUSED: Final = frozenset(
    (
        *("socket.bind", "socket.sendto", "socket.sendmsg"),
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
        *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate"),
    )
)
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(PermissionError):
    """What the process was about to do is not allowed."""


class Confinement:
    """Judges what a process does.

    Args:
        policy: Where it may connect.
        folders: What it may read from; nothing else, and it may write nowhere.
        is_secure: Whether an HTTP connection, as its library names it, runs over TLS.
    """

    def __init__(self, policy: EgressPolicy, folders: Collection[Path], is_secure: Callable[[object], bool]) -> None:
        self._policy = policy
        self._folders = tuple(folder.resolve() for folder in folders)
        self._is_secure = is_secure

    def begin(self) -> None:
        """Confine this process, for good."""
        sys.addaudithook(self.judge)

    def judge(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Judge what is about to be done, as `sys.audit` names it.

        Raises:
            Forbidden: It is not allowed.
        """
        if event in _REFUSED:
            raise Forbidden(event)
        if event == "http.client.connect":
            # the library says so before it sends anything
            if not self._policy.allow_http and not self._is_secure(arguments[0]):
                raise Forbidden("a call without TLS")
        elif event == "socket.connect":
            self._judge_address(arguments[1])
        elif event == "open":
            self._judge_file(*arguments[:3])

    def _judge_address(self, where: object) -> None:
        if not isinstance(where, tuple) or not isinstance(where[0], str):
            raise Forbidden("a connection inside this machine")
        try:
            address = ipaddress.ip_address(where[0].partition("%")[0])
        except ValueError:
            raise Forbidden("a name that nobody has looked up") from None
        if not self._policy.may_call_address(address) or (self._policy.ports is not None and where[1] not in self._policy.ports):
            raise Forbidden("an address that may not be called")

    def _judge_file(self, path: object, mode: object, flags: object) -> None:
        if isinstance(path, int):
            return
        writes = (isinstance(flags, int) and flags & _WRITING) or (isinstance(mode, str) and set(mode) & set("wax+"))
        if writes or not isinstance(path, str | bytes | os.PathLike):
            raise Forbidden("a file that it would write")
        found = Path(os.path.realpath(os.fsdecode(path)))
        if not any(found.is_relative_to(folder) for folder in self._folders):
            raise Forbidden("a file that is no business of it")
