"""All settings with bounds and defaults. No name ends in a unit: durations are ISO 8601 text, which holds its unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from homebeat.codecs import wire
from homebeat.codecs.catalogue import SUBSCRIPTIONS
from homebeat.domain.cloud import make_intake_topic
from homebeat.domain.durations import MS
from homebeat.domain.field_map import find_filter_fault, find_syntax_fault
from homebeat.domain.response_plan import PlanBook
from homebeat.settings.channels import ChannelSettings
from homebeat.settings.holidays import HolidayYears
from homebeat.settings.home_assistant import HomeAssistantSettings
from homebeat.settings.intake import IntakeSettings
from homebeat.settings.plan import RulePlan
from homebeat.settings.platforms import PlatformSettings
from homebeat.settings.procurement import ProcurementSettings
from homebeat.settings.section import Addresses, Duration, OwnName, Port, Section, Texts, split_list

PREFIX = "HOMEBEAT_"


def _check_emergency_number(number: str) -> str:
    if number and not (number.isascii() and number.isdigit() and 2 <= len(number) <= 8):
        raise ValueError("is a number of 2 to 8 digits as people dial it, such as 120; or empty, to say none")
    return number


def _check_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError("is no time zone, such as Asia/Shanghai; or empty, to use no time without a zone")
    return name


ZoneName = Annotated[str, AfterValidator(_check_zone)]
EmergencyNumber = Annotated[str, AfterValidator(_check_emergency_number)]
Ports = Annotated[tuple[Port, ...], NoDecode, BeforeValidator(split_list)]


def _check_filters(filters: tuple[str, ...]) -> tuple[str, ...]:
    for one in filters:
        if fault := find_syntax_fault(one):
            raise ValueError(f"{one!r} {fault}")
    return filters


def _check_makers_filters(filters: tuple[str, ...]) -> tuple[str, ...]:
    for one in filters:
        if fault := find_filter_fault(one):
            raise ValueError(f"{one!r} {fault}")
    return filters


#: MQTT filters; those of makers cover no topic of homebeat's own form.
Filters = Annotated[Texts, AfterValidator(_check_filters)]
MakersFilters = Annotated[Texts, AfterValidator(_check_makers_filters)]


class Mqtt(Section):
    """The broker that devices publish to.

    `formats` says on which topics messages of other formats come here, by the name of the codec; else on those of their makers.
    `client_id` names the persistent session. Whoever changes it loses the messages that the broker has queued for the old one.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    ca_file: Path | None = None
    client_id: str = Field(default="homebeat-watch", min_length=1, max_length=64)
    topics: Filters = Field(default=SUBSCRIPTIONS, min_length=1)
    formats: dict[OwnName, MakersFilters] = Field(default_factory=dict, max_length=50)
    keepalive: Duration = Field(default=timedelta(seconds=60), ge=timedelta(seconds=5), le=timedelta(hours=1))


class Queues(Section):
    """Bounds of everything that waits in memory. A full queue blocks its producer; nothing is dropped.

    Attributes:
        inbound: How many messages read from the broker may wait for the next tick.
        in_flight: How many deliveries may be attempted at the same time.
        live_viewers: How many pages may follow the live stream at the same time, and how many integrators.
        live_per_caller: How many of them may use one person or key.
    """

    inbound: int = Field(default=20_000, ge=1, le=1_000_000)
    in_flight: int = Field(default=224, ge=1, le=1_000)
    live_viewers: int = Field(default=200, ge=1, le=10_000)
    live_per_caller: int = Field(default=50, ge=1, le=10_000)


class TickSettings(Section):
    """The loop of the watch.

    Attributes:
        every: How often messages are drained from the inbound queue.
        limit: How many messages one tick takes at most.
        judge_every: How often rules are judged where no reading arrives.
        lateness: How long the watermark waits for readings that are still expected.
        checkpoint_every: How often the engine saves its state; a restart folds again what came after.
    """

    every: Duration = Field(default=timedelta(seconds=1), ge=timedelta(milliseconds=10), le=timedelta(seconds=10))
    limit: int = Field(default=20_000, ge=1, le=1_000_000)
    judge_every: Duration = Field(default=timedelta(seconds=30), ge=timedelta(seconds=1), le=timedelta(minutes=10))
    lateness: Duration = Field(default=timedelta(seconds=60), le=timedelta(hours=2))
    checkpoint_every: Duration = Field(default=timedelta(minutes=5), ge=timedelta(seconds=1), le=timedelta(days=1))


class LimitSettings(Section):
    """Limits on the size of a message and on device times (see `homebeat.codecs.wire.Limits`).

    `zone` is by which clock devices write times without a zone, as `Asia/Shanghai`. Empty: such times
    are not used, and arrival counts.
    """

    payload_bytes: int = Field(default=65_536, ge=256, le=16_777_216)
    readings: int = Field(default=5_000, ge=1, le=1_000_000)
    extras: int = Field(default=64, ge=0, le=10_000)
    text: int = Field(default=256, ge=16, le=65_536)
    future: Duration = timedelta(minutes=5)
    behind: Duration = timedelta(hours=48)
    backfill: Duration = timedelta(days=35)
    zone: ZoneName = ""

    def make_codec_limits(self) -> wire.Limits:
        """Make the codecs' limits from these: times in ms, sizes in bytes."""
        ms = MS
        return wire.Limits(
            max_payload_bytes=self.payload_bytes,
            max_readings=self.readings,
            max_extras=self.extras,
            max_text=self.text,
            future_ms=self.future // ms,
            behind_ms=self.behind // ms,
            backfill_ms=self.backfill // ms,
            zone=ZoneInfo(self.zone) if self.zone else None,
        )


class Http(Section):
    """Where API and console listen, and how much any client may use. An address other than loopback needs a TLS proxy in front.

    Attributes:
        hosts: Further names of this server, besides those of `public_url`, of `host` and of loopback.
        proxies: Addresses of reverse proxies. Each serves many clients, so `connections_per_address` does not apply to them.
        connections: How many may be open at the same time; fewer where the process may not open as many files.
        request_time: How long a client may take to send the head of a request, and then each 128 kB of its body.
        idle: How long a connection may stay open between two requests.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    hosts: Texts = ()
    proxies: Addresses = ("127.0.0.1", "::1")
    connections: int = Field(default=320, ge=16, le=10_000)
    connections_per_address: int = Field(default=100, ge=4, le=10_000)
    request_time: Duration = Field(default=timedelta(seconds=10), ge=timedelta(seconds=1), le=timedelta(minutes=5))
    idle: Duration = Field(default=timedelta(seconds=20), ge=timedelta(seconds=1), le=timedelta(minutes=10))


class Egress(Section):
    """Where deliveries may go. Both switches are for receivers on this machine or in the operator's own network."""

    allow_private: bool = False
    allow_http: bool = False
    ports: Ports = (443, 8443)


class RetentionSettings(Section):
    """How long rows are kept. Habits need at least five weeks of readings."""

    readings: Duration = Field(default=timedelta(days=400), ge=timedelta(days=35))
    alerts: Duration = Field(default=timedelta(days=1_095), ge=timedelta(days=90))
    deliveries: Duration = Field(default=timedelta(days=400), ge=timedelta(days=7))
    extras: Duration = Field(default=timedelta(days=35), ge=timedelta(days=1))
    quarantine: Duration = Field(default=timedelta(days=90), ge=timedelta(days=1))
    photos: Duration = Field(default=timedelta(days=90), ge=timedelta(days=1))


class AuditSettings(Section):
    """The audit.

    Attributes:
        checkpoints: A file that each signed checkpoint is also written to; best on a disk that whoever may change the database
            may not write.
    """

    checkpoints: Path | None = None


class Oidc(Section):
    """Sign-in through an identity provider; there is none while `issuer` is empty.

    Attributes:
        issuer: The provider's address, letter by letter as it names itself.
        client_id: What homebeat is called there.
        client_secret: What homebeat shows there; without one, here or in the file, it is a public client.
        client_secret_file: A file with the secret alone in it, in place of `client_secret`.
        name: What people call the provider: it stands on the button. Empty means the host of `issuer`.
    """

    issuer: str = Field(default="", pattern=r"^(https?://[^\s]+)?$", max_length=500)
    client_id: str = Field(default="", max_length=200)
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    name: str = Field(default="", max_length=60)

    @property
    def title(self) -> str:
        """What the button says."""
        return self.name.strip() or urlsplit(self.issuer).hostname or ""


class Settings(BaseSettings):
    """All settings but those of the rules, which are in the `RulePlan`.

    Attributes:
        database_url: `sqlite:///path` or `postgresql://...`; empty means SQLite in `state_dir`. Secret: it may hold a password.
        key_file: The key to names, addresses and telephone numbers; None means `homebeat.key` in `state_dir`.
        public_url: Links in messages begin with it; empty means the address that the API listens on.
        emergency_number: The pages about a critical alert say to call it; homebeat itself never does. Empty leaves it out.
        fire_number, police_number: The card of an alert offers them beside it; None means those of China beside 120, else none.
        platforms: City platforms by name. Each that gets events has a thread of its own.
        holidays: Public holidays by the name of the calendar; rotas name the one that they go by.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: SecretStr = SecretStr("")
    state_dir: Path = Path("var")
    key_file: Path | None = None
    public_url: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    emergency_number: EmergencyNumber = "120"
    fire_number: EmergencyNumber | None = None
    police_number: EmergencyNumber | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mqtt: Mqtt = Mqtt()
    queues: Queues = Queues()
    tick: TickSettings = TickSettings()
    limits: LimitSettings = LimitSettings()
    http: Http = Http()
    intake: IntakeSettings = IntakeSettings()
    egress: Egress = Egress()
    retention: RetentionSettings = RetentionSettings()
    audit: AuditSettings = AuditSettings()
    oidc: Oidc = Oidc()
    channels: ChannelSettings = ChannelSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    platforms: dict[OwnName, PlatformSettings] = Field(default_factory=dict, max_length=20)
    procurement: ProcurementSettings = ProcurementSettings()
    holidays: dict[OwnName, HolidayYears] = Field(default_factory=dict, max_length=100)

    def list_emergency_numbers(self) -> dict[str, str]:
        """List the numbers of ambulance, fire brigade and police, by these words; those that are left out are not among them."""
        china = {"fire": "119", "police": "110"} if self.emergency_number == "120" else {}
        found = {"ambulance": self.emergency_number, "fire": self.fire_number, "police": self.police_number}
        numbers = {kind: china.get(kind, "") if number is None else number for kind, number in found.items()}
        return {kind: number for kind, number in numbers.items() if number}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the values that are passed in: `load` reads the sources, because it must know where each value comes from."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def store_url(self) -> str:
        """The address of the database in use. It may hold a password: never print it."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.state_dir / 'homebeat.db'}"

    @property
    def key_path(self) -> Path:
        """Where the key file is."""
        return self.key_file or self.state_dir / "homebeat.key"

    @property
    def journal_path(self) -> Path:
        """The folder in which messages of clouds wait for the watch."""
        return self.state_dir / "intake"

    def list_format_topics(self) -> dict[str, list[str]]:
        """List on which topics messages of other formats come here: on the broker as set, and from clouds that push."""
        topics = {name: list(filters) for name, filters in self.mqtt.formats.items()}
        for name, cloud in self.intake.clouds.items():
            topics.setdefault(cloud.kind.value, []).append(make_intake_topic(name))
        return topics

    @property
    def link_base(self) -> str:
        """The beginning of links in messages, without a slash at the end."""
        return (self.public_url or f"http://{self.http.host}:{self.http.port}").rstrip("/")


@dataclass(frozen=True, slots=True)
class InForce:
    """Settings as loaded.

    Attributes:
        sources: Where a value comes from, by dotted key (`mqtt.host`, `rules.no_water.litres`); a default is not listed.
        unknown_variables: Variables of the environment that begin with `HOMEBEAT_` but are no setting.
        file: The file that was read, if any.
        book: The response plans, and which of them holds where.
    """

    settings: Settings
    plan: RulePlan
    sources: Mapping[str, str] = field(default_factory=dict)
    unknown_variables: tuple[str, ...] = ()
    file: Path | None = None
    book: PlanBook = field(default_factory=PlanBook)

    def set_port(self, port: int) -> InForce:
        """Return the same with API and console on this port."""
        http = self.settings.http.model_copy(update={"port": port})
        return replace(self, settings=self.settings.model_copy(update={"http": http}))

    def set_intake_port(self, port: int) -> InForce:
        """Return the same with the intake on this port."""
        intake = self.settings.intake.model_copy(update={"port": port})
        return replace(self, settings=self.settings.model_copy(update={"intake": intake}))

    def find_unknown_areas(self, known: Iterable[str]) -> tuple[str, ...]:
        """Find areas that have rules, plans or follow-ups of their own but are not in the fleet: most likely a typing error."""
        return tuple(sorted({*self.plan.areas, *self.book.areas} - set(known)))
