"""The generic robot: a call that the fleet file describes, for a provider that has no file here."""

from __future__ import annotations

from homebeat.deliver.http_template import HttpTemplate
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import Poster
from homebeat.deliver.provider import ask_provider
from homebeat.store import Leased


class RobotChannel:
    """Makes the call of `channel_params`: `url`, `method`, `headers`, `body`, `success`, `retry`, `final`."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; only what the template calls success is success."""
        if notice.channel_params is None:
            return NO_CHANNEL
        try:
            template = HttpTemplate.read(notice.channel_params)
        except ValueError as error:
            return Receipt(ok=False, error=f"the robot's template {error}", is_final=True)
        return ask_provider(self._poster, template.make_call(notice), now, template.judge)
