"""The transport over real sockets, where bodies arrive in pieces or not at all."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from types import SimpleNamespace

import httpx
import pytest

from client import ApiClient, HeaderAuth
from core.errors import Unavailable
from core.rate_limit import Gate
from core.transport import LARGEST_REPLY_BYTES
from framework.retry_transport import (
    MAX_RETRIES,
    TIMEOUT_SECONDS,
    VendorTransport,
    build_http,
    build_retry_config,
)
from tests.api import VENDOR

# Pieces come more often than this, the whole never.
TIMEOUT = 0.1
ROWS = {"rows": list(range(2000))}
BODY = json.dumps(ROWS).encode()
PACKED = gzip.compress(BODY)
CHUNKS = [PACKED[start : start + 100] for start in range(0, len(PACKED), 100)]


def with_length(body: bytes, length: int, header: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (header, length, body)


REPLIES = {
    "/plain": with_length(BODY, len(BODY)),
    "/gzip": with_length(PACKED, len(PACKED), b"Content-Encoding: gzip\r\n"),
    "/chunked": b"HTTP/1.1 200 OK\r\n"
    b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in CHUNKS)
    + b"0\r\n\r\n",
    "/dropped": with_length(BODY[:500], len(BODY)),
    "/silent": b"",
    "/twice": with_length(BODY, len(BODY), b"Content-Encoding: gzip, gzip\r\n"),
    "/dripping": with_length(b"", len(BODY)),
    "/undecodable": with_length(b"no gzip", 7, b"Content-Encoding: gzip\r\n"),
}


def bomb() -> bytes:
    """Return a reply of about a megabyte that becomes twice the largest one."""
    packed = gzip.compress(bytes(2 * LARGEST_REPLY_BYTES), compresslevel=1)
    return with_length(packed, len(packed), b"Content-Encoding: gzip\r\n")


class Server:
    """Answer with raw bytes; a path fails for as many times as `failures` says."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.failures = 0
        self.connections = 0
        self.url = ""

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while head := await reader.readline():
            while (await reader.readline()).strip():
                pass
            path = head.split()[1].decode()
            self.paths.append(path)
            failing = len(self.paths) <= self.failures
            writer.write(REPLIES[path if failing or not self.failures else "/plain"])
            await writer.drain()
            while path == "/dripping" and not writer.is_closing():
                writer.write(b" ")
                await asyncio.sleep(TIMEOUT / 4)
            if failing and path != "/undecodable":
                break


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    yield server
    listener.close()
    await listener.wait_closed()


@pytest.fixture
async def api(server: Server) -> AsyncIterator[ApiClient]:
    # With a single connection, one that is not given back blocks what follows.
    limits = httpx.Limits(max_connections=1)
    transport = VendorTransport(
        httpx.AsyncHTTPTransport(limits=limits, trust_env=False),
        gate=Gate(),
        retry_config=build_retry_config(first_backoff=0.0001),
    )
    http = httpx.AsyncClient(transport=transport, base_url=server.url, timeout=5)
    async with http:
        yield ApiClient(http, vendor=VENDOR, site_url="")


@pytest.mark.parametrize("path", ["plain", "gzip", "chunked"])
async def test_body_arrives_whole_and_the_connection_is_kept(
    path: str, api: ApiClient, server: Server
) -> None:
    for _ in range(3):
        assert await api.get(path) == ROWS

    assert server.connections == 1


@pytest.mark.parametrize("path", ["dropped", "silent", "undecodable"])
async def test_lost_body_is_read_again(
    path: str, api: ApiClient, server: Server
) -> None:
    server.failures = 2

    assert await api.get(path) == ROWS
    assert len(server.paths) == 3


async def test_connection_that_always_drops_is_unavailable(
    api: ApiClient, server: Server
) -> None:
    server.failures = 100

    with pytest.raises(Unavailable, match="RemoteProtocolError"):
        await api.get("dropped")

    assert len(server.paths) == 1 + MAX_RETRIES


async def test_body_that_drips_ends_at_the_deadline(
    api: ApiClient, server: Server
) -> None:
    api.http.timeout = httpx.Timeout(TIMEOUT)

    with pytest.raises(Unavailable, match="DeadlineExceeded no complete reply within"):
        await api.write("GET", "dripping")

    assert await api.get("plain") == ROWS


async def test_compressed_bomb_ends_at_the_limit_without_its_memory(
    api: ApiClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REPLIES, "/bomb", bomb())
    tracemalloc.start()
    with pytest.raises(Unavailable, match="ReplyTooLarge the reply has more than 100"):
        await api.write("GET", "bomb")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    # What has been decoded by then, and the last piece a few times.
    assert peak < 1.5 * LARGEST_REPLY_BYTES
    assert await api.get("plain") == ROWS


async def test_what_is_compressed_twice_is_not_unpacked(
    api: ApiClient, server: Server
) -> None:
    with pytest.raises(Unavailable, match="compressed more than once"):
        await api.write("GET", "twice")


async def test_waiting_requests_share_one_connection(
    api: ApiClient, server: Server
) -> None:
    replies = await asyncio.gather(*(api.get("gzip") for _ in range(20)))

    assert replies == [ROWS] * 20


async def test_framework_client_is_built_with_our_rules(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    config = SimpleNamespace(
        ssl=SimpleNamespace(
            third_party=SimpleNamespace(verify=True, x509=SimpleNamespace(strict=True))
        ),
        disable_ip_outbound_blocker=True,
    )
    framework = SimpleNamespace(config=config)
    monkeypatch.setattr("port_ocean.helpers.async_client.ocean", framework)
    auth = HeaderAuth("X-Octopus-ApiKey", "API-1")

    async with build_http(server.url, auth=auth) as http:
        assert (await http.get("plain")).json() == ROWS
        assert http.follow_redirects is False
        assert http.timeout == httpx.Timeout(TIMEOUT_SECONDS)
    async with build_http(server.url, auth=auth, timeout=300) as patient:
        assert patient.timeout == httpx.Timeout(300)
