"""An identity provider is spoken to by TLS, under its own name, and only if its certificate is trusted."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from homebeat.domain.errors import IdentityProviderAway
from homebeat.identity.oidc.provider import IdentityProvider
from homebeat.identity.oidc.values import Registration
from tests.identity_provider.process import REDIRECT
from tests.unit.deliver.receivers import read_request
from tests.unit.identity.oidc_client import now_ms


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for id.example that nobody else has signed, with its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.example")])
    begun = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("id.example")]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def serve_metadata(certificate: Path, name: str) -> Iterator[int]:
    """Answer one request by TLS with what a provider under this name says of itself; gives the port."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        issuer = f"https://{name}:{port}"
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        body = json.dumps({"issuer": issuer} | {key: issuer + path for key, path in paths.items()}).encode()

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                with tls.wrap_socket(connection, server_side=True) as stream:
                    read_request(stream)
                    stream.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield port
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "name, is_trusted, said",
    [
        ("id.example", True, ""),
        ("id.example", False, "has a certificate that this machine does not trust"),
        ("other.example", True, "has a certificate that this machine does not trust"),
    ],
)
def test_the_certificate_is_judged_by_the_name(certificate: Path, name: str, *, is_trusted: bool, said: str) -> None:
    trust = ssl.create_default_context(cafile=str(certificate) if is_trusted else None)
    with serve_metadata(certificate, name) as port:
        ours = IdentityProvider(
            Registration(f"https://{name}:{port}", "homebeat", REDIRECT),
            time.monotonic,
            tls=trust,
            resolve=lambda _host, _port: ["127.0.0.1"],
        )
        if not said:
            assert ours.begin_sign_in(now_ms()).url.startswith(f"https://{name}:{port}/authorize?")
            return
        with pytest.raises(IdentityProviderAway, match=said):
            ours.begin_sign_in(now_ms())
