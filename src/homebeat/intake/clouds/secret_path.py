"""Clouds that sign nothing that homebeat can check (CTWing, Huawei, others): the last part of the address is a secret."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from homebeat.intake.push import Greeting, Push, PushFault, PushRefused, Taken, is_same, require_post


@dataclass(frozen=True, slots=True)
class SecretPathCheck:
    """The address is `/intake/NAME/SECRET`; what the cloud hangs behind it (Huawei: `/iot/device/data/changed`) means nothing.

    Attributes:
        secret: Empty where only addresses are checked.
        answer: The text that the cloud gets.
    """

    secret: str
    answer: str = "ok"

    def check(self, push: Push, now_s: float) -> Taken | Greeting:
        """See `CloudCheck.check`."""
        del now_s
        if self.secret and not is_same(push.rest[0] if push.rest else "", self.secret):
            raise PushRefused(PushFault.SIGNATURE, "the secret in the address is not the right one")
        if push.method == "GET":
            return Greeting(self.answer)
        require_post(push)
        # some products of CTWing send their JSON as a form would
        return Taken(unquote_to_bytes(push.body) if push.body[:3].upper() == b"%7B" else push.body, self.answer)
