"""`homebeat replay`: a recording through the engine, its alerts as lines, its load as a table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from homebeat.backtest import AlertLoad, Replay
from homebeat.bootstrap.lines import PrintedLines
from homebeat.bootstrap.writing import check_writable
from homebeat.codecs.envelope import Format
from homebeat.domain.durations import DAY_MS
from homebeat.domain.instants import format_instant
from homebeat.ingest.formats import list_codec_names
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.settings.model import InForce
from homebeat.watch.enrolment import compile_rulebook, make_pace
from homebeat.wording.wording import Wording

_SHOW_EVERY_S: Final = 0.5
_WORST: Final = 5


def replay(
    force: InForce,
    recording: Path,
    fleet_file: Path,
    out: Path | None,
    language: str,
    formats: Sequence[Format] = (),
    *,
    exact: bool,
) -> int:
    """Replay and report.

    Args:
        force: The settings.
        recording: What a broker delivered.
        fleet_file: Who lives where.
        out: For the steps of alerts; `-` for standard output, None for nowhere.
        language: Of the sentences.
        formats: What opens messages that name their devices themselves.
        exact: Judge as often as live throughout.

    Returns:
        Exit status: 1 when lines of the recording could not be read.

    Raises:
        BadSettings: The output cannot be written.
    """
    check_writable(None if str(out) == "-" else out)
    fleet = read_fleet_file(fleet_file, list_codec_names())
    run = Replay(
        fleet,
        compile_rulebook(force.plan, fleet),
        make_pace(force.settings),
        force.settings.limits.make_codec_limits(),
        formats,
        exact=exact,
    )
    source, lines, began = Recording(recording), PrintedLines(fleet, language), time.monotonic()
    encoder = msgspec.json.Encoder()
    with _open_sink(out) as sink:
        for alert, step in run.iterate_steps(source.read_blocks(), _make_progress(source)):
            if sink is not None:
                sink.write(encoder.encode(lines.make_line(alert, step)) + b"\n")
    _clear()
    report(run.load, Wording(language), sys.stdout if str(out) != "-" else sys.stderr)
    took = time.monotonic() - began
    print(f"{run.load.readings:,} readings in {took:.1f} s ({run.load.readings / max(took, 1e-9):,.0f}/s)", file=sys.stderr)
    for bad in source.bad[:10]:
        print(f"line {bad.number}: {bad.why}", file=sys.stderr)
    if source.bad_count:
        print(f"{source.bad_count} lines of {recording.name} could not be read", file=sys.stderr)
    return 1 if source.bad_count else 0


@contextmanager
def _open_sink(out: Path | None) -> Iterator[IO[bytes] | None]:
    """Open the output for lines: none, standard output (`-`), or a file that appears once it is complete."""
    if out is None:
        yield None
    elif str(out) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        part = out.with_name(out.name + ".part")
        with part.open("wb") as file:
            yield file
        part.replace(out)


def _make_progress(source: Recording) -> Callable[[AlertLoad], None]:
    shown = [0.0]

    def show(load: AlertLoad) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and now - shown[0] >= _SHOW_EVERY_S:
            shown[0] = now
            share = source.read_bytes / max(source.total_bytes, 1)
            sys.stderr.write(f"\r{share:4.0%}  {load.readings:,} readings, up to {format_instant(load.last_at)[:16]}  ")
            sys.stderr.flush()

    return show


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 70 + "\r")


def report(load: AlertLoad, wording: Wording, sink: IO[str]) -> None:
    """Print what the recording would have cost: alerts per resident-month by rule, and who has the most."""
    days = (load.last_at - load.first_at) / DAY_MS
    print(f"{load.residents} residents, {days:.1f} days, {load.messages:,} messages", file=sink)
    print(f"{'rule':<22}{'alerts':>8}{'per resident-month':>20}  most", file=sink)
    for rule, rate in sorted(load.compute_rates().items(), key=lambda pair: -pair[1]):
        most = sorted(((n, who) for (code, who), n in load.by_resident.items() if code == rule), reverse=True)[:_WORST]
        print(f"{rule:<22}{load.opened[rule]:>8}{rate:>20.3f}  {', '.join(f'{who} {n}' for n, who in most)}", file=sink)
    if load.asked:
        rate = load.asked / load.resident_months if load.resident_months else 0.0
        share = load.answered / load.asked
        print(f"{'asked':<22}{load.asked:>8}{rate:>20.3f}  residents, before others; {share:.0%} answered in time", file=sink)
    if not load.opened:
        print("no alerts", file=sink)
    for reason, count in load.quarantined.most_common():
        print(f"set aside: {count} ({wording.quarantine_reason(reason.value)})", file=sink)
