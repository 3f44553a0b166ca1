"""`homebeat fleet`, `db`, `clock`, `quarantine`: what operators do to the database."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable
from pathlib import Path

from homebeat.actions.home_writing import HomeRules
from homebeat.bootstrap.broker_accounts import OwnRights
from homebeat.bootstrap.channel_accounts import find_absent_accounts, find_refused_kinds, list_cloud_accounts
from homebeat.bootstrap.parts import make_egress_policy
from homebeat.bootstrap.reach import find_unreached
from homebeat.bootstrap.registry_findings import make_usable_test
from homebeat.codecs.catalogue import can_ask
from homebeat.domain.field_map import FieldMap
from homebeat.domain.fleet import Device, Fleet
from homebeat.domain.instants import format_instant
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats, list_codec_names
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.registry.home_fields import FieldRules
from homebeat.settings.model import InForce, Settings
from homebeat.store import Store
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import Enrolment, read_enrolled
from homebeat.watch.retry import try_again


def list_device_ids(file: Path | None, store: Callable[[], Store]) -> list[str]:
    """List the ids of every device of a fleet file, or of the registry where `file` is None, in order.

    Raises:
        BadFleet: The file cannot be used.
    """
    if file is not None:
        return [device.id for household in read_fleet_file(file, list_codec_names()).households for device in household.devices]
    with store().read(EVERYTHING) as reader:
        return list(reader.fleet.read_device_nos())


def find_format_rights(settings: Settings, file: Path | None, store: Callable[[], Store]) -> OwnRights:
    """Find on which topics messages of other formats come by the broker, and on which homebeat asks their senders.

    The formats are those that devices of a fleet file have, or of the registry where `file` is None, with its maps of fields.
    Topics that devices announce while homebeat runs are not among them.

    Raises:
        BadFleet: The file cannot be used.
    """
    formats, maps = Formats(settings.list_format_topics(), settings.mqtt.topics), list[FieldMap]()
    if file is not None:
        homes = read_fleet_file(file, list_codec_names()).households
        codecs = {device.codec for household in homes for device in household.devices if device.codec}
    else:
        with store().read(EVERYTHING) as reader:
            codecs, maps = set(reader.fleet.read_registry().codecs.values()), list(reader.field_maps.list_all())
    served = formats.list_all(maps, codecs)
    asks = tuple(topic for one in served if one.name in codecs for topic in one.asks_on)
    return OwnRights(asks, formats.list_topics(served, codecs))


def list_asking_devices(file: Path | None, store: Callable[[], Store]) -> list[Device]:
    """List the devices of a fleet file, or of the registry where `file` is None, on which residents may be asked, in order.

    Raises:
        BadFleet: The file cannot be used.
    """
    if file is not None:
        homes = read_fleet_file(file, list_codec_names()).households
        return [device for household in homes for device in household.devices if can_ask(device)]
    with store().read(EVERYTHING) as reader:
        return reader.fleet.list_asking_devices()


def make_home_rules(force: InForce) -> HomeRules:
    """Make the rules by which a home is judged that is changed in the console: those of an import."""
    settings = force.settings
    policy, absent = make_egress_policy(settings), find_absent_accounts(settings.channels)
    is_usable = make_usable_test(policy, absent, list_cloud_accounts(settings.channels))

    def find_faults(fleet: Fleet, book: PlanBook) -> list[str]:
        return [str(one) for one in find_unreached(fleet, book, is_usable) if one.is_wrong]

    fields = FieldRules(list_codec_names(), policy.find_refusal, find_refused_kinds(settings.channels))
    return HomeRules(fields, find_faults, secrets.token_bytes)


def list_clock_steps(store: Store) -> int:
    """List the database's clock, and the steps of it that the engine followed."""
    print(f"the database's clock says {format_instant(store.read_now())}")
    with store.read(EVERYTHING) as reader:
        for step in reader.clock.list_steps():
            by_s = (step.after - step.before) / 1000
            accepted = "" if step.accepted_at is None else f", accepted {format_instant(step.accepted_at)}"
            print(f"step {step.no}: {by_s:+,.0f} s to {format_instant(step.after)}, after reading {step.position}{accepted}")
    return 0


def accept_clock(store: Store) -> int:
    """Note that somebody has seen the steps of the clock and confirms that it is right now."""
    with store.begin() as tx:
        count = tx.clock.accept(f"cli:{getpass.getuser()}", store.read_now())
    print(f"accepted {count} steps; the clock says {format_instant(store.read_now())}")
    return 0


def retry_quarantine(force: InForce, store: Store) -> int:
    """Drive what was set aside again: after a device was registered, a codec was mended, a limit was raised.

    What can be read now is handed to the watch, which alone writes the log. It takes it in within seconds of running, with
    its own event times, as arrived now: an SOS among it is told late, not never.
    """
    with store.read(EVERYTHING) as reader:
        read = read_enrolled(reader)
    enrolment = Enrolment.make(
        read, Roster().with_registry(read.registry, store.read_now()), Formats(force.settings.list_format_topics())
    )
    after, given, tried, limits = 0, 0, 0, force.settings.limits.make_codec_limits()
    while True:
        with store.read(EVERYTHING) as reader:
            entries = reader.quarantine.list_unretried(after)
        if not entries:
            break
        usable = [entry for entry, _ in try_again(entries, enrolment, limits, store.read_now()).used]
        with store.begin() as tx:
            given += tx.quarantine.request_retry(usable, store.read_now())
        after, tried = entries[-1].id, tried + len(entries)
    print(f"{tried} messages tried again, {given} can be used and are handed to the watch, {tried - given} stay in quarantine")
    return 0
