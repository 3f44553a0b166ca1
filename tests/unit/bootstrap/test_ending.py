"""A process that was told to end ends in order, whatever its threads are doing."""

from __future__ import annotations

import subprocess
import sys
import threading

from homebeat.bootstrap.part_threads import PartThreads

#: Where the interpreter ends by itself, it first says so.
_PROGRAM = """
import atexit, sys, threading
from homebeat.bootstrap.runtime import leave

atexit.register(print, "the interpreter stops a thread in the middle of something")
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("said", end="")
sys.exit(leave(3))
"""


def test_a_thread_that_never_ends_does_not_change_the_status_and_takes_no_output_away() -> None:
    ended = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "said", "")


def test_no_part_starts_once_the_process_was_told_to_end() -> None:
    threads, ran = PartThreads(), threading.Event()
    first, late = threading.Event(), threading.Event()

    def start_another() -> None:
        first.wait()
        threads.spawn("late", ran.set, late)

    threads.spawn("first", start_another, first)
    threads.stop()
    threads.join()
    assert first.is_set()
    assert late.is_set(), "whoever waits for the part's end would wait for ever"
    assert not ran.is_set()
