"""The accounts at providers that some channels need: `[channels.email]` and its like. What is empty is not set up."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from homebeat.domain.channel import ChannelNeed
from homebeat.settings.section import Port, Section, Texts


class AccountSection(Section):
    """How many messages an account takes, whoever they go to. A quarter of it is kept for critical alerts.

    Attributes:
        most_a_minute: 0 for any number.
        most_a_day: The same, in any 24 hours.
    """

    most_a_minute: int = Field(default=0, ge=0, le=1_000)
    most_a_day: int = Field(default=0, ge=0, le=5_000)


class EmailSettings(AccountSection):
    """The mail server that takes e-mail from us; there is none while `host` is empty.

    Attributes:
        security: `tls` from the first byte (port 465), `starttls` (port 587), or `none` on a network of one's own.
        username: Our account there; empty for none.
        password_file: A file with the password alone in it, in place of `password`.
        sender: The address that messages come from.
    """

    host: str = Field(default="", max_length=253)
    port: Port = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    sender: str = Field(default="", max_length=254)


class CloudSettings(AccountSection):
    """An account at a provider of text messages or calls.

    Attributes:
        key_id: The key's name: access key id (Aliyun), secret id (Tencent), account SID (Twilio).
        key_secret: The key itself; Twilio calls it auth token.
        key_secret_file: A file with it alone in it, in place of `key_secret`.
        endpoint: `https://host` of the provider's interface; empty for its usual one.
        region: Of the interface (Tencent).
        app_id: The application (Tencent).
        template: The approved template.
        template_abroad: The one for numbers outside mainland China; empty where none can be reached.
        template_ask: The one that asks a resident how they are; empty where nobody is asked this way.
        template_test: The one that says that it is a test; empty where a test has the words of the usual one.
        variables: What the template's variables hold, in order: `code`, `reference` or `priority`.
        ask_receipts: Whether the provider is asked for what became of messages, where it documents how.
        receipts_secret: Stands in the address to which the provider brings receipts; empty where it brings none.
    """

    key_id: str = Field(default="", max_length=200)
    key_secret: SecretStr = SecretStr("")
    key_secret_file: Path | None = None
    endpoint: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+)?$", max_length=300)
    region: str = Field(default="ap-guangzhou", max_length=60)
    app_id: str = Field(default="", max_length=60)
    template: str = Field(default="", max_length=100)
    template_without_code: str = Field(default="", max_length=100)
    template_abroad: str = Field(default="", max_length=100)
    template_ask: str = Field(default="", max_length=100)
    template_test: str = Field(default="", max_length=100)
    variables: Texts = ("code",)
    ask_receipts: bool = False
    receipts_secret: SecretStr = SecretStr("")


class SmsSettings(CloudSettings):
    """Who sends text messages for us; nobody while `provider` is empty.

    Attributes:
        sign: The approved signature in front of each message.
        template_daily: The one that says at what time life was seen first today; empty where that is not sent by text message.
        template_weekly: The same of the week.
        template_follow_up: The one that asks whether somebody came, some time after a case; empty where the desk asks.
        template_closed: The one that says that an alert is closed; empty where that is not said by text message.
        url: With `template` as the provider: the call, as the channel `robot` has it, with `{phone}` as well.
    """

    provider: Literal["", "aliyun", "tencent", "template"] = ""
    sign: str = Field(default="", max_length=100)
    template_daily: str = Field(default="", max_length=100)
    template_weekly: str = Field(default="", max_length=100)
    template_follow_up: str = Field(default="", max_length=100)
    template_closed: str = Field(default="", max_length=100)
    url: SecretStr = SecretStr("")
    method: str = "POST"
    headers: SecretStr = SecretStr("")
    body: SecretStr = SecretStr("")
    success: str = Field(default="", max_length=200)
    retry: str = Field(default="", max_length=1_000)
    final: str = Field(default="", max_length=1_000)


class VoiceSettings(CloudSettings):
    """Who calls people for us; nobody while `provider` is empty.

    Attributes:
        caller: The number that calls; with Aliyun and Tencent empty lets the provider choose one.
    """

    provider: Literal["", "aliyun", "tencent", "twilio"] = ""
    caller: str = Field(default="", max_length=40)


class WecomAppSettings(AccountSection):
    """Our application in WeCom; there is none while `corp_id` is empty.

    Attributes:
        secret_file: A file with the application's secret alone in it, in place of `secret`.
        endpoint: `https://host` of WeCom's interface, where a company has one of its own.
    """

    corp_id: str = Field(default="", max_length=100)
    agent_id: int = Field(default=0, ge=0)
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    endpoint: str = Field(default="https://qyapi.weixin.qq.com", pattern=r"^https?://[^\s/?#@]+$", max_length=300)


class AppriseSettings(Section):
    """Whether messages may go through Apprise, which nothing shows to have arrived. Its addresses stand in the fleet file."""

    allow_unproven: bool = False


class ChannelSettings(Section):
    """Accounts at providers, by kind of channel."""

    email: EmailSettings = EmailSettings()
    sms: SmsSettings = SmsSettings()
    voice: VoiceSettings = VoiceSettings()
    wecom_app: WecomAppSettings = WecomAppSettings()
    apprise: AppriseSettings = AppriseSettings()

    def find_absent(self) -> frozenset[ChannelNeed]:
        """Find the accounts that are not set up."""
        firsts = {
            ChannelNeed.EMAIL: self.email.host,
            ChannelNeed.SMS: self.sms.provider,
            ChannelNeed.VOICE: self.voice.provider,
            ChannelNeed.WECOM_APP: self.wecom_app.corp_id,
            ChannelNeed.APPRISE: self.apprise.allow_unproven,
        }
        return frozenset(need for need, first in firsts.items() if not first)

    def list_secret_files(self) -> tuple[Path | None, ...]:
        """List the files with secrets; None where one is not set."""
        return (self.email.password_file, self.sms.key_secret_file, self.voice.key_secret_file, self.wecom_app.secret_file)
