"""The provider: `python -m tests.identity_provider` prints its port, and serves until its standard input is closed.

The protocol is Authlib's server part, not code of ours: a client that forgets its verifier, its state or its redirect address is
refused by somebody else's judgement. Whoever comes to `/authorize` is signed in as `ada` at once. `POST /control` sets faults.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback has no TLS

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, InvalidRequestError, OAuth2Error, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

SECRETS = {"homebeat": "", "homebeat-confidential": "secret-of-the-test"}
REDIRECT = "https://care.example/sign-in/back"
AUTHENTICATION = ["none", "client_secret_basic", "client_secret_post"]


class Client(ClientMixin):
    def __init__(self, client_id: str) -> None:
        self.client_id, self.secret = client_id, SECRETS[client_id]

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in scope.split() if word in {"openid", "profile", "email"})

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in {REDIRECT, *PROVIDER.faults.get("redirects", [])}

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") is (self.secret == "")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class StrictChallenge(CodeChallenge):
    """Authlib asks only public clients for a verifier. This one asks every client, from the first step on, and for S256."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Missing 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        challenge = asked["code_challenge"], asked["code_challenge_method"]
        PROVIDER.codes[code] = Code(
            request.client.client_id, asked["redirect_uri"], request.scope, asked.get("nonce", ""), *challenge
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        found = PROVIDER.codes.pop(code, None)  # once, whatever comes of it
        return found if found is not None and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        pass

    def authenticate_user(self, authorization_code: Code) -> str:
        return "ada"


class Server(AuthorizationServer):
    def query_client(self, client_id: str) -> Client | None:
        return Client(client_id) if client_id in SECRETS else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        if "openid" in request.authorization_code.scope.split():
            token["id_token"] = PROVIDER.make_id_token(
                request.client.client_id, request.authorization_code.nonce, token["access_token"]
            )

    def send_signal(self, *_: Any, **__: Any) -> None:
        pass

    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Any:  # lint: allow word Authlib names it
        raw = json.dumps(body).encode() if isinstance(body, dict) else body.encode()
        return status, raw, dict(headers)


class FormRequest(OAuth2Request):
    def __init__(self, method: str, uri: str, form: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload, self._form = BasicOAuth2Payload(form), form

    @property
    def form(self) -> dict[str, str]:
        return self._form


class Provider:
    """All state. `faults` is what `/control` sets; see the tests for what each does."""

    def __init__(self) -> None:
        self.server = Server()
        self.server.register_grant(CodeGrant, [StrictChallenge(required=True)])
        self.server.register_token_generator(
            "default", lambda **_: {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 300}
        )
        self.codes: dict[str, Code] = {}
        self.requests: Counter[str] = Counter()
        self.faults: dict[str, Any] = {}
        self.issuer = ""
        self.rotate()

    def rotate(self) -> None:
        self.keys: dict[str, Any] = {
            "RS256": RSAKey.generate_key(2048, auto_kid=True),
            "ES256": ECKey.generate_key("P-256", auto_kid=True),
        }

    def publish_keys(self) -> dict[str, Any]:
        published = KeySet(list(self.keys.values())).as_dict(private=False)
        return {**published, "keys": [*self.faults.get("more_keys", []), *published["keys"]]}

    def describe(self) -> dict[str, Any]:
        described = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": AUTHENTICATION,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in (described | self.faults.get("metadata", {})).items() if value is not None}

    def make_id_token(self, client_id: str, nonce: str, access_token: str) -> str:
        now, algorithm = int(time.time()), self.faults.get("algorithm", "RS256")
        claims = {
            "iss": self.issuer, "sub": "248289761001", "aud": client_id, "exp": now + 300, "iat": now, "nonce": nonce,
            "at_hash": create_half_hash(access_token, "RS256").decode(), "preferred_username": "ada", "name": "Ada 陈",
            "email": "ada@city.example", "email_verified": True, "groups": ["desk", "heron-street"], "amr": ["pwd", "otp"],
        }  # fmt: skip
        claims |= {
            name: now + value["now"] if isinstance(value, dict) and "now" in value else value
            for name, value in self.faults.get("claims", {}).items()
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.keys["ES256" if algorithm == "ES256" else "RS256"]
        header = {"alg": algorithm, "kid": key.kid} | self.faults.get("header", {})
        header = {name: value for name, value in header.items() if value is not None}
        if self.faults.get("signed_by_a_stranger"):
            key = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(2048)
        if algorithm in {"RS256", "ES256"}:
            return jwt.encode(header, claims, key, [algorithm])
        # What no library signs any more: with nothing, or with the public key, or the client's secret, as a password.
        secret = {
            "none": b"",
            "HS256": self.keys["RS256"].as_pem(private=False),
            "HS256 of the client": SECRETS[client_id].encode(),
        }[algorithm]
        header["alg"] = algorithm.split()[0]
        signed = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{_encode(hmac.digest(secret, signed.encode(), hashlib.sha256)) if secret else ''}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        PROVIDER.requests[path] += 1
        if self._misbehave(path):
            return
        if path == "/.well-known/openid-configuration":
            self._send_json(PROVIDER.describe())
        elif path == "/keys":
            self._send_json(PROVIDER.publish_keys())
        elif path == "/authorize":
            self._authorize(dict(urllib.parse.parse_qsl(query)))
        elif path == "/seen":
            self._send_json(dict(PROVIDER.requests))
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        PROVIDER.requests[self.path] += 1
        if self.path == "/control":
            PROVIDER.faults = json.loads(body)
            if PROVIDER.faults.get("rotate"):
                PROVIDER.rotate()
            self._send_json({})
        elif not self._misbehave(self.path):
            form = dict(urllib.parse.parse_qsl(body))
            request = FormRequest(
                "POST", PROVIDER.issuer + self.path, form, {name.title(): value for name, value in self.headers.items()}
            )
            self._send(*PROVIDER.server.create_token_response(request))

    def _authorize(self, asked: dict[str, str]) -> None:
        request = FormRequest("GET", f"{PROVIDER.issuer}/authorize", asked, {})
        try:
            grant = PROVIDER.server.get_consent_grant(request, "ada")
            status, body, headers = PROVIDER.server.create_authorization_response(request, "ada", grant)
        except OAuth2Error as error:
            status, body, headers = PROVIDER.server.handle_response(*error())
        if "Location" in headers:
            headers["Location"] += "&" + urllib.parse.urlencode({"iss": PROVIDER.issuer})
        self._send(status, body, headers)

    def _misbehave(self, path: str) -> bool:
        """Answer as `faults` says for this path; whether it did."""
        fault = PROVIDER.faults.get("answers", {}).get(path, "")
        if fault == "hang":
            STOPPING.wait(30)
        elif fault == "trickle":  # never silent for long, never done
            self.connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not STOPPING.wait(0.05):
                self.connection.sendall(b"x: y\r\n")
        elif fault == "drop":
            self.close_connection = True
        elif fault == "garbage":
            self.connection.sendall(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
        elif fault:
            status, body, headers = ANSWERS[fault]
            self._send(status, body, headers)
        return bool(fault)

    def _send_json(self, body: dict[str, Any]) -> None:
        self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


_TOKENS = json.dumps({"access_token": "x", "token_type": "Bearer", "id_token": "x.y.z"}).encode()
ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "500": (500, b'{"error": "server_error"}', {}),
    "503": (503, b"<html>maintenance</html>", {}),
    "404": (404, b"", {}),
    "huge": (200, b'{"issuer": "' + b"x" * 10_000_000 + b'"}', {}),
    "redirect": (302, _TOKENS, {"Location": "http://127.0.0.1:1/"}),
    "html": (200, b"<!doctype html><title>Please sign in</title>", {"Content-Type": "text/html"}),
    "list": (200, b"[]", {}),
    "deep": (200, b"[" * 100_000, {}),
    "empty": (200, b"", {}),
    "not utf-8": (200, b'{"issuer": "\xff\xfe"}', {}),
    "packed": (200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}),
    "no id_token": (200, b'{"access_token": "x", "token_type": "Bearer", "expires_in": "soon"}', {}),
    "numbers": (200, b'{"access_token": 1, "id_token": 1e999, "expires_in": {}}', {}),
    "error of 200": (200, b'{"error": "invalid_grant"}', {}),
    "error that is none": (400, b'{"error": ["<script>"], "error_description": 7}', {}),
}
PROVIDER = Provider()
STOPPING = threading.Event()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    PROVIDER.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()  # until whoever started it closes the pipe, or is gone
    STOPPING.set()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
