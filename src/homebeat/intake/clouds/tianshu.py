"""The watch cloud Tianshu: `md5(secretId + secretKey + floor(unix / 10))`, answered by the text `Success`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homebeat.intake.push import Greeting, Push, PushFault, PushRefused, Taken, compute_md5, is_same, require_post

_BUCKET_S: Final = 10
#: So many buckets beside the present one are right: a message takes its time.
_NEAR: Final = 1
#: So many are looked at to say that a signature is late, and not wrong: five minutes.
_FAR: Final = 30


@dataclass(frozen=True, slots=True)
class TianshuCheck:
    """`POST /intake/NAME/notify?secretId=..&signature=..`; `GET /intake/NAME/ping` gets `pong`. The body is not signed."""

    secret_id: str
    secret_key: str

    def check(self, push: Push, now_s: float) -> Taken | Greeting:
        """See `CloudCheck.check`."""
        if push.method == "GET" and push.rest[-1:] == ("ping",):
            return Greeting("pong")
        require_post(push)
        given = push.query.get("signature", "").lower()
        if not is_same(push.query.get("secretId", ""), self.secret_id):
            raise PushRefused(PushFault.SIGNATURE, "the secretId is not the right one")
        bucket = int(now_s // _BUCKET_S)
        if any(is_same(given, self._sign(bucket + away)) for away in range(-_NEAR, _NEAR + 1)):
            return Taken(push.body, "Success")
        for away in (*range(-_FAR, -_NEAR), *range(_NEAR + 1, _FAR + 1)):
            if is_same(given, self._sign(bucket + away)):
                raise PushRefused(
                    PushFault.LATE, f"signed about {abs(away) * _BUCKET_S} s {'ahead of' if away > 0 else 'behind'} this clock"
                )
        raise PushRefused(PushFault.SIGNATURE, "the signature is not the right one")

    def _sign(self, bucket: int) -> str:
        return compute_md5(f"{self.secret_id}{self.secret_key}{bucket}").hex()
