"""Our accounts at providers, as channels use them: their secrets are read already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from homebeat.deliver.http_template import HttpTemplate


@dataclass(frozen=True, slots=True)
class EmailAccount:
    """A mail server that takes e-mail from us.

    Attributes:
        username: Empty for no sign-in.
        sender: The address that messages come from.
    """

    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """An account at a provider of text messages or calls.

    Attributes:
        endpoint: `https://host` of its interface.
        app_id: The application there, where it has such (Tencent).
        sign: The approved signature in front of a text message.
        template: The approved template.
        template_without_code: The one for messages that have no code; empty for the same.
        template_abroad: The one for numbers outside mainland China; empty where none can be reached.
        template_ask: The one that asks a resident how they are; empty where nobody is asked this way.
        template_test: The one that says that it is a test; empty where a test has the words of the usual one.
        template_daily, template_weekly: Those of the notes that contacts can ask for; empty where none are sent this way.
        template_follow_up: The one that asks whether somebody came in a closed case; empty where nobody is asked this way.
        template_closed: The one that says that an alert is closed; empty where that is not said this way.
        variables: What the template's variables hold, in order: `code`, `reference` or `priority`.
        caller: The number that calls; empty where the provider chooses it.
        http: The call itself, where the provider is `template`.
        is_asked: Whether it is asked for what became of messages.
        receipts: Where the provider brings what became of messages, with the secret in it; empty where it says no more.
    """

    provider: Literal["aliyun", "tencent", "twilio", "template"]
    key_id: str = ""
    key_secret: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = ""
    app_id: str = ""
    sign: str = ""
    template: str = ""
    template_without_code: str = ""
    template_abroad: str = ""
    template_ask: str = ""
    template_test: str = ""
    template_daily: str = ""
    template_weekly: str = ""
    template_follow_up: str = ""
    template_closed: str = ""
    variables: tuple[str, ...] = ()
    caller: str = ""
    http: HttpTemplate | None = None
    receipts: str = field(default="", repr=False)
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class WecomAccount:
    """An application of a company in WeCom."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    endpoint: str = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class ProviderAccounts:
    """All of them; None where there is none, or the settings of it cannot be used. `apprise`: whether it may be used at all."""

    email: EmailAccount | None = None
    sms: CloudAccount | None = None
    voice: CloudAccount | None = None
    wecom_app: WecomAccount | None = None
    apprise: bool = False


NO_ACCOUNTS: Final = ProviderAccounts()
