"""A certificate authority of the tests' own, made anew for each session."""

import ssl
import subprocess
from dataclasses import dataclass

import pytest


@dataclass
class Certificate:
    ca: str
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """For 127.0.0.1 and localhost; made by the openssl program."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {key} "
        f"-out {cert} -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(),
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return Certificate(str(cert), server)
