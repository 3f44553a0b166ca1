"""The commands of `homebeat`: parses the arguments, and calls `bootstrap`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from homebeat.bootstrap.audit_command import add_audit
from homebeat.bootstrap.backtesting_command import add_backtest
from homebeat.bootstrap.carrying_command import add_carrying
from homebeat.bootstrap.channel_command import add_channel
from homebeat.bootstrap.complaint_command import add_complaint
from homebeat.bootstrap.erasing_command import add_erasing
from homebeat.bootstrap.evidence_command import add_report
from homebeat.bootstrap.fleet_command import add_fleet
from homebeat.bootstrap.people_command import add_people
from homebeat.bootstrap.plan_command import add_plan
from homebeat.bootstrap.private_files import restrict_files
from homebeat.bootstrap.provider_command import add_provider
from homebeat.bootstrap.rehearsing_command import add_rehearse
from homebeat.bootstrap.rota_command import add_rota
from homebeat.bootstrap.runtime import leave, set_up_log, stop_on_signals
from homebeat.bootstrap.terminal import make_safe_stream
from homebeat.bootstrap.verifying_command import add_verify
from homebeat.bootstrap.volunteer_command import add_volunteer
from homebeat.domain.durations import parse_duration
from homebeat.domain.errors import HomebeatError
from homebeat.rules.catalogue import RULES
from homebeat.settings.explain import name_database
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.store import Store, open_store

_EPILOG: Final = """examples:
  homebeat demo                                   a simulated street, live on a page
  homebeat check --settings homebeat.toml         what is in force, and what is wrong
  homebeat db upgrade && homebeat serve           everything in one process
  homebeat fleet import street.yaml               make the registry say what the file says
  homebeat replay week.jsonl.gz --fleet street.yaml --out alerts.jsonl
  homebeat backtest --area c1 --last P56D --set rules.no_sign_of_life.limit=PT8H --html report.html
"""
_CHECK_EPILOG: Final = """examples:
  homebeat check                                  the settings of $HOMEBEAT_CONFIG and the environment
  homebeat check --settings candidate.toml        another file, and the command that compares it with history
  homebeat check --connect                        and is everything there that will be needed
  homebeat check | grep '^WRONG'                  only what has to be mended
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run; an error is printed as one line, with what to do."""
    with contextlib.redirect_stdout(make_safe_stream(sys.stdout)), contextlib.redirect_stderr(make_safe_stream(sys.stderr)):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    asked = _make_parser().parse_args(argv)
    try:
        with restrict_files():
            status: int = asked.run(asked)
    except HomebeatError as error:
        print(f"homebeat: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise  # no file of the user's: a fault of ours
        is_gone = isinstance(error, FileNotFoundError)
        fault = f"there is no file {error.filename}" if is_gone else f"{error.filename}: {error.strerror}"
        print(f"homebeat: {fault}", file=sys.stderr)
        return 2
    return status


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homebeat",
        description="Watches over elders who live alone.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"homebeat {version('homebeat')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, metavar="FILE", help="TOML file (default: $HOMEBEAT_CONFIG)")
    _add_demo_command(commands, shared)
    for name, roles, text in (
        ("serve", ("watch", "deliver", "deadlines", "api"), "everything in one process: watch, deliver, deadlines and API"),
        ("watch", ("watch",), "only the watch: messages to alerts"),
        ("deliver", ("deliver",), "only the deliveries: notices to families"),
        ("deadlines", ("deadlines",), "only the deadlines: who is told next where nobody has answered"),
        ("api", ("api",), "only API and console"),
    ):
        command = commands.add_parser(name, parents=[shared], help=text, description=text)
        command.add_argument("--port", type=int, help="port of API and console")
        command.set_defaults(run=_serve, roles=roles)
    text = "takes what suppliers' clouds push over HTTP"
    command = commands.add_parser("intake", parents=[shared], help=text, description=f"{text.capitalize()}; needs no database.")
    command.add_argument("--port", type=int, help="port to listen on (default: intake.port)")
    command.set_defaults(run=_take_in)
    add_fleet(commands, shared, _load_settings, _open)
    add_plan(commands, shared, _load_settings, _open)
    add_rota(commands, shared, _open)
    add_provider(commands, shared, _open)
    add_complaint(commands, shared, _open)
    add_volunteer(commands, shared, _open)
    add_channel(commands, shared, _open)
    add_report(commands, shared, _open)
    _add_recording_commands(commands, shared)
    _add_database_commands(commands, shared)
    add_people(commands, shared, _open)
    add_audit(commands, shared, _open)
    add_carrying(commands, shared, _open)
    add_erasing(commands, shared, _open)
    _check_command(commands, shared)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001 -- argparse gives its own type no public name


def _add_demo_command(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("demo", parents=[shared], help="a simulated street, live on a page")
    command.add_argument("--port", type=int, default=8080, help="port of the page (default 8080; 0 takes a free one)")
    command.add_argument("--homes", type=int, default=200, help="homes of the street, at least 60 (default 200)")
    command.add_argument("--state-dir", type=Path, default=Path("var/demo"), help="where it remembers (default var/demo)")
    command.add_argument(
        "--language", choices=["en", "zh-CN"], help="of its people, places and output (default: that of LANG; kept until --reset)"
    )
    command.add_argument("--reset", action="store_true", help="forget the last demo and begin anew")
    command.set_defaults(run=_run_demo)


def _add_recording_commands(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("record", parents=[shared], help="write a recording from the broker")
    command.add_argument("out", type=Path, metavar="FILE", help=".jsonl or .jsonl.gz")
    command.add_argument("--for", dest="duration", type=_parse_duration, metavar="PT10M", help="stop after this long")
    command.add_argument("--count", type=int, help="stop after so many messages")
    command.set_defaults(run=_record)
    command = commands.add_parser("replay", parents=[shared], help="run the engine over a recording, as fast as it can")
    command.add_argument("recording", type=Path, metavar="RECORDING")
    command.add_argument("--fleet", type=Path, required=True, metavar="FLEET", help="fleet file (JSON or YAML)")
    command.add_argument("--out", type=Path, metavar="ALERTS", help="alert steps as JSON lines (- for standard output)")
    command.add_argument(
        "--exact", action="store_true", help="judge as often as live from end to end (else every 5 min after two days)"
    )
    command.add_argument("--language", choices=("en", "zh-CN"), default="en", help="language of the sentences")
    command.add_argument("--with-maps", action="store_true", help="read messages of suppliers by the maps of the database")
    command.set_defaults(run=_replay)
    add_backtest(commands)
    add_verify(commands)
    add_rehearse(commands, shared)


def _add_database_commands(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    database = commands.add_parser("db", help="the database's tables").add_subparsers(required=True, metavar="ACTION")
    command = database.add_parser("upgrade", parents=[shared], help="bring the tables to this version")
    command.set_defaults(run=_upgrade)
    command = database.add_parser(
        "rekey",
        parents=[shared],
        help="replace the key file by a new one",
        description="Makes a new key file, and wraps the keys of all residents and homes by it. The old file stays beside it. "
        "Services may run meanwhile; copy the new file to every other machine that homebeat runs on.",
    )
    command.set_defaults(run=_rekey)
    clock = commands.add_parser("clock", help="steps of the clock").add_subparsers(required=True, metavar="ACTION")
    command = clock.add_parser("list", parents=[shared], help="what the clock says, and the steps that were followed")
    command.set_defaults(run=_list_clock_steps)
    command = clock.add_parser("accept", parents=[shared], help="say that the clock is right now, after a step of it")
    command.set_defaults(run=_accept_clock)
    quarantine = commands.add_parser("quarantine", help="what could not be used").add_subparsers(required=True, metavar="ACTION")
    command = quarantine.add_parser("retry", parents=[shared], help="try it again: after registering a device, say")
    command.set_defaults(run=_retry)


def _check_command(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "check",
        parents=[shared],
        help="what is wrong, what is in force and where it comes from",
        description="Says what is wrong and what to do, first and last; between, every setting in force and where it comes from. "
        "Changes nothing. Exit status 1 when something has to be mended.",
        epilog=_CHECK_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--connect", action="store_true", help="try broker, webhooks and platforms as well, sending nothing (at most 60 s)"
    )
    command.set_defaults(run=_check)


def _parse_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _load_settings(asked: argparse.Namespace) -> InForce:
    force = load(os.environ, RULES, asked.settings)
    set_up_log(force.settings.log_level)
    return force


def _open(asked: argparse.Namespace) -> tuple[InForce, Store]:
    force = _load_settings(asked)
    return force, _store(force)


def _store(force: InForce) -> Store:
    from homebeat.bootstrap.service import refuse_unusable

    store = open_store(force.settings.store_url, force.settings.key_path, create=False)
    refuse_unusable(store)
    if not force.sources.keys() & {"database_url", "state_dir"}:
        print(f"using the database at its default place, {name_database(force.settings)}", file=sys.stderr)
    return store


def _run_demo(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.demo import DemoOptions, run_demo
    from homebeat.wording import read_terminal_language

    force, stop = load(os.environ, RULES, asked.settings), threading.Event()
    set_up_log("warning", plain=True)
    stop_on_signals(stop)
    return run_demo(
        force,
        DemoOptions(asked.state_dir, asked.port, asked.homes, asked.language or read_terminal_language(os.environ), asked.reset),
        environ=os.environ,
        stop=stop,
    )


def _serve(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.checking import log_contact_findings, log_findings
    from homebeat.bootstrap.service import Service, refuse_unusable

    force, stop = _load_settings(asked), threading.Event()
    if asked.port is not None:
        force = force.set_port(asked.port)
    stop_on_signals(stop)

    def prepare(store: Store) -> None:
        refuse_unusable(store)
        log_findings(force, store)

    service = Service(force, asked.roles, os.environ, prepare, lambda store: log_contact_findings(force, store))
    try:
        service.start()
        if service.address:
            print(f"homebeat listens on {service.address}", flush=True)
        service.wait(stop)
    finally:
        service.close()
    return leave(0)


def _take_in(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.intake import run_intake
    from homebeat.bootstrap.runtime import read_failpoints

    force, stop = _load_settings(asked), threading.Event()
    if asked.port is not None:
        force = force.set_intake_port(asked.port)
    stop_on_signals(stop)
    return run_intake(force.settings, read_failpoints(os.environ), stop)


def _record(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.recording import record

    stop = threading.Event()
    stop_on_signals(stop)
    return record(_load_settings(asked), asked.out, asked.duration, asked.count, stop)


def _replay(asked: argparse.Namespace) -> int:
    from homebeat.backtest.run import read_formats
    from homebeat.bootstrap.replaying import replay

    force = _load_settings(asked)
    formats = read_formats(force, (lambda: _store(force)) if asked.with_maps else None)
    return replay(force, asked.recording, asked.fleet, asked.out, asked.language, formats, exact=asked.exact)


def _rekey(asked: argparse.Namespace) -> int:
    force = _load_settings(asked)
    path = force.settings.key_path.absolute()
    counts = _store(force).replace_key()
    if counts is not None:
        print(f"{counts[0]} keys of residents and homes are wrapped by the new key")
        if counts[1]:
            print(f"{counts[1]} keys are damaged and stay as they are; `homebeat check` names the homes", file=sys.stderr)
    print(f"the new key is in {path}: keep a copy of it, and give it to every other machine that homebeat runs on")
    print(f"the old one is in {path}.old: backups from before today need it. Keep it as safe as the new one, elsewhere")
    return 0


def _upgrade(asked: argparse.Namespace) -> int:
    force = _load_settings(asked)
    store = open_store(force.settings.store_url, force.settings.key_path, create=False)
    force.settings.state_dir.mkdir(parents=True, exist_ok=True)
    before, had_key = store.read_revision(), force.settings.key_path.exists()
    store.upgrade()
    name = name_database(force.settings)
    print(f"the tables of {name} are at revision {store.read_revision()}" + ("" if before else " (new database)"))
    if not had_key:
        print(
            f"the key to its personal data is in {force.settings.key_path.absolute()} (new): "
            "keep a copy of it, apart from the backups of the database (docs/backup.md)"
        )
    return 0


def _list_clock_steps(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.registry import list_clock_steps

    return list_clock_steps(_store(_load_settings(asked)))


def _accept_clock(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.registry import accept_clock

    return accept_clock(_store(_load_settings(asked)))


def _retry(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.registry import retry_quarantine

    force = _load_settings(asked)
    return retry_quarantine(force, _store(force))


def _check(asked: argparse.Namespace) -> int:
    from homebeat.bootstrap.checking import check

    return check(_load_settings(asked), asked.settings, connect=asked.connect)
