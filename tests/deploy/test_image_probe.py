"""The probe in the image: where its report goes, and whose certificates it trusts."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from commands.findings import NOBODY_KNOWS, WILL_SYNC
from sandbox.company import build_company
from sandbox.servers import LOOPBACK, serve
from tests.deploy.image import entrypoint, read_dockerfile, somebody
from tests.test_end_to_end import SMALL

pytestmark = pytest.mark.process

TIMEOUT_SECONDS = 60.0


async def run_probe(
    app: Path, writable: Path, mounted: Path, settings: dict[str, str]
) -> tuple[int | None, str]:
    """Run the image's probe as anybody; return its status and what it printed."""
    who: dict[str, Any] = {"user": somebody(), "group": 0, "extra_groups": []}
    process = await asyncio.create_subprocess_exec(
        *entrypoint(mounted, writable),
        *(sys.executable, "-m", "commands.probe"),
        cwd=app,
        env={
            **settings,
            "PATH": os.environ["PATH"],
            "HOME": str(writable),
            "TMPDIR": str(writable),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        **(who if somebody() is not None else {}),
    )
    async with asyncio.timeout(TIMEOUT_SECONDS):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_report_goes_to_the_writable_folder(
    sealed: Path, writable: Path, tmp_path: Path
) -> None:
    async with serve(build_company(size=SMALL)) as stands:
        settings = stands.environment()
        status, output = await run_probe(sealed, writable, tmp_path, settings)

    assert status == WILL_SYNC, output
    (report,) = (writable / "probe_reports").iterdir()
    assert json.loads(report.read_text())["status"] == "COMPLETED"


def test_the_image_leads_reports_there() -> None:
    builds = " ".join(i.text for i in read_dockerfile() if i.name == "RUN")

    assert "ln -s /tmp/ocean/probe_reports probe_reports" in builds


def self_signed(folder: Path) -> Path:
    """Write a certificate for loopback and its key into one file; return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
    usage = x509.KeyUsage(
        **dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        ),
        digital_signature=True,
        key_cert_sign=True,
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "authority.crt").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "authority.crt"


@asynccontextmanager
async def behind_tls(url: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Serve a stand-in under an address with https://."""
    target = urlsplit(url)

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while part := await source.read(65_536):
                sink.write(part)
                await sink.drain()
        finally:
            # Also if the other end reset the connection.
            sink.close()

    async def serve_one(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        inner, outer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(
            pass_on(reader, outer), pass_on(inner, writer), return_exceptions=True
        )

    server = await asyncio.start_server(serve_one, LOOPBACK, 0, ssl=context)
    async with server:
        yield f"https://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("mounted", [True, False])
async def test_servers_of_a_private_authority_are_trusted_when_it_is_mounted(
    sealed: Path, writable: Path, tmp_path: Path, mounted: bool
) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "key.pem")
    folder = tmp_path if mounted else tmp_path / "nothing"
    async with (
        serve(build_company(size=SMALL)) as stands,
        behind_tls(stands.port_url, context) as port,
        behind_tls(stands.octopus_url, context) as octopus,
    ):
        settings = {
            **stands.environment(),
            # The framework tries Port again for long.
            "OCEAN__PORT__BASE_URL": port if mounted else stands.port_url,
            "OCEAN__INTEGRATION__CONFIG__OCTOPUS_SERVER_URL": octopus,
        }
        status, output = await run_probe(sealed, writable, folder, settings)

    if mounted:
        assert status == WILL_SYNC, output
    else:
        assert status == NOBODY_KNOWS, output
        assert "Octopus Deploy: no sign-in." in output
        assert "CERTIFICATE_VERIFY_FAILED" in output
