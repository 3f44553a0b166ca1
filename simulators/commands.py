"""The commands of `python -m simulators`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from simulators import report, water_csv
from simulators.answers import BandAnswers
from simulators.estate import MINUTE, Habitat
from simulators.lamps import ASKING, LampAnswers, add_asking
from simulators.localdays import DAY, format_iso
from simulators.makes.catalogue import MAKES, NATIVE, read_makes
from simulators.makes.make import BAND, PushAccount, list_kinds
from simulators.plan import BY_BAND, DeviceFault, Event, check_places, parse_moment, read_scenario
from simulators.publish import Broker, NotPublished, answer_commands, pace, publish, read_wall_clock
from simulators.push import CloudSender, push
from simulators.random_plan import make_random_plan
from simulators.recording import write_recording, write_truth
from simulators.street import LONGEST_STAY, Message, Street

_ABOUT = """Simulated elders who live alone, their water meters and wristbands, and what can go wrong with both.
Everything follows from --seed: the same seed gives the same bytes, and a home lives the same life whatever its neighbours and
whatever span is asked for."""

_EXAMPLES = """examples:
  a street of 200 homes, its fleet file and a recording of five weeks with the truth beside it
    python -m simulators fleet --homes 200 --out street.json
    python -m simulators record --homes 200 --start 2026-01-01T00:00:00Z --days 35 --out street.jsonl.gz

  the same with ten collapses, five leaks, and one of every fault on some device
    python -m simulators record --homes 200 --days 35 --collapses 10 --leaks 5 --faults all --out hard.jsonl.gz

  what happens told in a file
    python -m simulators record --homes 5 --days 3 --scenario monday.json --out monday.jsonl
    monday.json: {"events": [{"kind": "collapse", "home": 3, "at": "+P1DT9H"}],
                  "faults": [{"kind": "outage", "device": "wm-00002", "at": "+PT6H", "until": "+P1D"}]}

  publish to a broker, one simulated hour a minute
    python -m simulators publish --homes 50 --host 127.0.0.1 --port 1883 --speed 60

  what really happens written beside, so that alerts of a running homebeat can be judged (homebeat verify --live)
    python -m simulators publish --homes 50 --sos 3 --days 0.1 --truth truth.jsonl

  meters and bands behind ChirpStack instead of the native form; the fleet file names codec and addresses
    python -m simulators fleet --homes 50 --as chirpstack --out street.json
    python -m simulators publish --homes 50 --as chirpstack

  the devices of a real street: meters of three makes, watches of a fourth, and some that speak the native form
    python -m simulators fleet --homes 50 --as wmbusmeters,zigbee2mqtt,chirpstack,kati,native --out street.json

  as the cloud CTWing pushes them, to an intake (docs/push.md)
    python -m simulators push --homes 50 --as ctwing --to http://127.0.0.1:8090/intake/aep/SECRET

  4G watches as their cloud pushes them; the file holds the key that intake and cloud share
    python -m simulators push --as tianshu --to http://127.0.0.1:8090/intake/watches --secret-file key --secret-id account-7

  how the simulated residents compare with real ones
    python -m simulators report

  real water meters as a fleet file and a recording
    python -m simulators convert-water readings.csv.gz --fleet water.json --recording water.jsonl.gz
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 2 when the request makes no sense, 1 when it could not be done."""
    parser = _make_parser()
    asked = parser.parse_args(argv)
    try:
        return int(asked.run(asked))
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except (OSError, NotPublished) as away:
        sys.stderr.write(f"{away}\n")
        return 1


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m simulators", description=_ABOUT, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    street = _make_street_options()
    _add_fleet(commands.add_parser("fleet", parents=[street], help="write a fleet file"))
    record = commands.add_parser("record", parents=[street, _make_plan_options()], help="write a recording, and TRUTH beside it")
    record.add_argument("--out", type=Path, required=True, help="a name that ends in .jsonl or .jsonl.gz")
    record.add_argument("--truth", type=Path, help="where to write the truth (TRUTH.jsonl beside the recording)")
    record.set_defaults(run=_write_recording)
    send = commands.add_parser("publish", parents=[street, _make_plan_options()], help="publish to a broker")
    send.add_argument("--host", default="127.0.0.1")
    send.add_argument("--port", type=int, default=1883)
    send.add_argument("--username")
    send.add_argument("--password-file", type=Path, help="a file that holds the password alone")
    send.add_argument("--speed", type=float, default=1.0, help="simulated seconds a second; 0 is as fast as can be (%(default)s)")
    send.add_argument(
        "--answers", type=float, default=0.9, help="share of questions that wearers who are up to it answer (%(default)s)"
    )
    send.add_argument(
        "--truth", type=Path, help="write what really happens; at another speed than 1 by the street's clock, not by the wall's"
    )
    send.set_defaults(run=_publish)
    cloud = commands.add_parser("push", parents=[street, _make_plan_options()], help="push as a supplier's cloud does")
    cloud.add_argument("--to", required=True, metavar="URL", help="the address of the intake that the cloud would be given")
    cloud.add_argument(
        "--speed", type=float, default=1.0, help="simulated seconds a second; 0 is as fast as can be (%(default)s)"
    )
    cloud.add_argument("--truth", type=Path, help="as of publish")
    cloud.add_argument(
        "--secret-file", type=Path, help="a file that holds the token or key that onenet, tencent and tianshu sign with"
    )
    cloud.add_argument("--secret-id", default="", help="what tianshu calls its key")
    cloud.set_defaults(run=_push)
    compare = commands.add_parser("report", help="statistics of simulated residents beside real figures")
    compare.add_argument("--seed", type=int, default=2)
    compare.add_argument("--homes", type=int, default=300)
    compare.add_argument("--days", type=int, default=60)
    compare.add_argument("--water", type=Path, help=f"readings of real homes (default: {water_csv.VARIABLE}, if that is set)")
    compare.set_defaults(run=_report)
    water = commands.add_parser(
        "convert-water",
        help="real water meters as a fleet file and a recording",
        description=water_csv.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    water.add_argument("csv", type=Path, nargs="?", help=f"readings.csv[.gz], or its folder (from {water_csv.VARIABLE})")
    water.add_argument("--fleet", type=Path, required=True)
    water.add_argument("--recording", type=Path, required=True)
    water.add_argument("--zone", default=water_csv.ZONE, help="in which the times are told (%(default)s)")
    water.set_defaults(run=_convert_water)
    return parser


def _add_fleet(fleet: argparse.ArgumentParser) -> None:
    fleet.add_argument("--out", type=Path, required=True)
    fleet.add_argument("--declared", type=float, default=0.5, help="share of the stays elsewhere that are declared (%(default)s)")
    fleet.add_argument("--ask-first", action="store_true", help="residents with a band are asked before others are told")
    fleet.add_argument("--ask-with", choices=[*ASKING], help="each home has one that may ask, and a wall switch to answer with")
    fleet.add_argument(
        "--language", choices=["en", "zh-CN"], default="en", help="of the names of people and places (%(default)s)"
    )
    fleet.set_defaults(run=_write_fleet)


def _make_street_options() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--seed", type=int, default=2)
    parent.add_argument("--homes", type=int, default=200)
    parent.add_argument("--first-home", type=int, default=0, help="number of the first home (%(default)s)")
    parent.add_argument("--zone", default="Asia/Shanghai", help="time zone of the homes (%(default)s)")
    parent.add_argument("--start", help="2026-01-01T00:00:00Z or epoch ms (record: 1 January 2026; publish: now)")
    parent.add_argument("--days", type=float, default=35.0, help="how long (%(default)s)")
    parent.add_argument("--meter-minutes", type=int, default=60, help="between readings of a meter (%(default)s)")
    parent.add_argument("--band-minutes", type=int, default=5, help="between reports of a band (%(default)s)")
    parent.add_argument("--daily-share", type=float, default=0.15, help="meters that upload once a day (%(default)s)")
    parent.add_argument("--senml-share", type=float, default=0.1, help="homes that speak SenML (%(default)s)")
    parent.add_argument("--band-share", type=float, default=0.3, help="homes with a wristband (%(default)s)")
    parent.add_argument("--drip-share", type=float, default=0.0, help="homes where a tap drips day and night (%(default)s)")
    parent.add_argument("--missing-share", type=float, default=0.0, help="readings of meters that never arrive (%(default)s)")
    parent.add_argument(
        "--as",
        dest="make",
        metavar="MAKES",
        default=NATIVE,
        help=f"makes of the devices, by the codec that reads them; homes take turns: {NATIVE}, {', '.join(MAKES)} (%(default)s)",
    )
    parent.add_argument("--resolution", type=int, choices=(1, 10, 100), help="litres all meters count in (mixed)")
    return parent


def _make_plan_options() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--scenario", type=Path, help="a file that says what happens")
    for name in ("collapses", "falls", "sos", "leaks", "taps", "bursts"):
        parent.add_argument(f"--{name}", type=int, default=0, help="how many, in homes and at times drawn by the seed")
    parent.add_argument("--faults", default="", help="kinds of fault, separated by commas, or all: each on some device")
    parent.add_argument("--fault-devices", type=int, default=1, help="devices for each kind of fault (%(default)s)")
    return parent


def _make_street(asked: argparse.Namespace) -> Street:
    habitat = Habitat(
        meter_every=asked.meter_minutes * MINUTE,
        daily_share=asked.daily_share,
        senml_share=asked.senml_share if asked.make == NATIVE else 0.0,
        resolution=asked.resolution,
        band_share=asked.band_share,
        band_every=asked.band_minutes * MINUTE,
        drip_share=asked.drip_share,
        missing_share=asked.missing_share,
    )
    return Street(asked.seed, asked.homes, first_home=asked.first_home, zone=asked.zone, habitat=habitat)


def _make_messages(
    asked: argparse.Namespace, street: Street, span: tuple[int, int], happens: tuple[list[Event], list[DeviceFault]]
) -> Iterator[Message]:
    events, faults = happens
    return read_makes(asked.make).rewrite_messages(list_kinds(street.make_fleet()), street.make_messages(*span, faults, events))


def _read_span(asked: argparse.Namespace, default: int) -> tuple[int, int]:
    text = asked.start
    start = default if text is None else parse_moment(int(text) if text.isdigit() else text, default)
    return start, start + round(asked.days * DAY)


def _make_plan(asked: argparse.Namespace, street: Street, start: int, end: int) -> tuple[list[Event], list[DeviceFault]]:
    counts = {name: getattr(asked, name) for name in ("collapses", "falls", "sos", "leaks", "taps", "bursts")}
    events, faults = make_random_plan(street, start, end, counts, asked.faults, asked.fault_devices)
    if asked.scenario is not None:
        planned, broken = read_scenario(asked.scenario, start)
        check_places(asked.scenario.name, planned, broken, street)
        events, faults = events + planned, faults + broken
    return events, faults


_JANUARY = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)


def _write_fleet(asked: argparse.Namespace) -> int:
    street = _make_street(asked)
    start, end = _read_span(asked, _JANUARY)
    fleet = street.make_fleet(away=(start - LONGEST_STAY * DAY, end), declared=asked.declared, language=asked.language)
    if asked.ask_first:
        for home, has_band in zip(fleet["households"], street.estate.band, strict=True):
            home["ask_first"] = bool(has_band)
    read_makes(asked.make).register(fleet)
    if asked.ask_with is not None:
        add_asking(fleet, asked.ask_with)
    asked.out.write_text(json.dumps(fleet, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(street)} homes, {len(street.list_banded())} with a wristband: {asked.out}")
    return 0


def _write_recording(asked: argparse.Namespace) -> int:
    street = _make_street(asked)
    start, end = _read_span(asked, _JANUARY)
    events, faults = _make_plan(asked, street, start, end)
    truth = asked.truth or asked.out.with_name("TRUTH.jsonl")
    began = read_wall_clock()
    count = write_recording(asked.out, _make_messages(asked, street, (start, end), (events, faults)), _print_count)
    took = (read_wall_clock() - began) / 1000
    write_truth(truth, street.make_truth(start, end, faults, events), start, end)
    span = f"from {format_iso(start)} to {format_iso(end)}"
    print(f"{count} messages {span} in {took:.1f} s: {asked.out}; what really happened: {truth}")
    return 0


def _push(asked: argparse.Namespace) -> int:
    make = MAKES.get(asked.make)
    if make is None or make.sign is None:
        raise ValueError(f"name a cloud with --as: {', '.join(name for name, one in MAKES.items() if one.is_pushed)}")
    cloud = CloudSender(asked.to.rstrip("/"), make.sign, _read_account(asked))
    street = _make_street(asked)
    start, end = _read_span(asked, read_wall_clock())
    happens, stop, heard = _make_plan(asked, street, start, end), _stop_on_signals(), [start]
    if BAND not in make.kinds and any(event.kind in BY_BAND for event in happens[0]):
        raise ValueError(f"{asked.make} pushes for meters alone: nobody presses or falls there")
    # devices of other kinds have no part in it
    made = (one for one in _make_messages(asked, street, (start, end), happens) if one[1] == f"intake/{asked.make}")
    messages = _note_last(pace(made, read_wall_clock, stop.wait, start=start, speed=asked.speed), heard)
    _write_truth_until(asked.truth, street, (start, end), happens)
    print(f"pushing {len(street)} homes from {format_iso(start)} at speed {asked.speed:g}; Ctrl-C ends it")
    count = push(cloud, messages, stop, _print_count)
    _write_truth_until(asked.truth, street, (start, heard[0] if stop.is_set() else end), happens)
    print(f"{count} messages taken")
    return 0


def _read_account(asked: argparse.Namespace) -> PushAccount:
    secret = asked.secret_file.read_text(encoding="utf-8").strip() if asked.secret_file else ""
    return PushAccount(secret, asked.secret_id)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _publish(asked: argparse.Namespace) -> int:
    for pushed in (make.name for make in read_makes(asked.make).makes if make is not None and make.is_pushed):
        raise ValueError(f"{pushed} pushes over HTTP and has no broker: python -m simulators push --as {pushed} --to URL")
    street = _make_street(asked)
    start, end = _read_span(asked, read_wall_clock())
    events, faults = _make_plan(asked, street, start, end)
    password = asked.password_file.read_text(encoding="utf-8").strip() if asked.password_file else None
    stop = _stop_on_signals()
    made = _make_messages(asked, street, (start, end), (events, faults))
    heard = [start]
    messages = _note_last(pace(made, read_wall_clock, stop.wait, start=start, speed=asked.speed), heard)
    _write_truth_until(asked.truth, street, (start, end), (events, faults))
    broker = Broker(asked.host, asked.port, asked.username, password)
    print(f"publishing {len(street)} homes from {format_iso(start)} at speed {asked.speed:g}; Ctrl-C ends it")
    bands, lamps = BandAnswers(street, tuple(events), asked.answers), LampAnswers(street, tuple(events), asked.answers)
    with answer_commands(broker, bands, lamps):
        count = publish(broker, messages, stop, _print_count)
    # stopped before the end: what was not published has not happened
    _write_truth_until(asked.truth, street, (start, heard[0] if stop.is_set() else end), (events, faults))
    print(f"{count} messages confirmed")
    return 0


def _note_last(messages: Iterator[Message], heard: list[int]) -> Iterator[Message]:
    """Give the messages on, and keep when the last of them arrived (epoch ms) in `heard`."""
    for message in messages:
        heard[0] = message[0]
        yield message


def _write_truth_until(
    path: Path | None, street: Street, span: tuple[int, int], happens: tuple[list[Event], list[DeviceFault]]
) -> None:
    events, faults = happens
    if path is not None:
        write_truth(path, street.make_truth(*span, faults, events), *span)


def _report(asked: argparse.Namespace) -> int:
    print(report.format_table(report.compute_figures(asked.seed, asked.homes, asked.days)))
    readings = water_csv.read_readings(asked.water)
    print(
        "\n" + report.format_hourly_table(report.compute_hourly_figures(asked.seed, asked.homes, asked.days, readings=readings))
    )
    if readings is None:
        print(f"\nno real homes beside them: give --water, or set {water_csv.VARIABLE}")
    return 0


def _convert_water(asked: argparse.Namespace) -> int:
    where = water_csv.read_readings(asked.csv)
    if where is None:
        raise ValueError(f"no readings: give their path, or set {water_csv.VARIABLE}")
    done = water_csv.convert(where, asked.fleet, asked.recording, zone=asked.zone)
    print(f"{done.readings} readings of {done.homes} homes ({done.repeated} in a repeated hour, {done.missing} in a missing one)")
    print(f"fleet: {asked.fleet}; recording: {asked.recording}")
    return 0


def _print_count(count: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{count:,} messages")
