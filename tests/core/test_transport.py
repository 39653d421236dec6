"""What is repeated, how long is waited, and that a whole reply counts as a reply."""

import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pytest_httpx import HTTPXMock

from client import ApiClient
from core.errors import (
    ApiError,
    Forbidden,
    MalformedReply,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from core.limit_headers import DEFAULT_PAUSE_SECONDS
from core.rate_limit import LONGEST_LESSON_SECONDS, Gate
from core.transport import (
    CHANGE_RETRY_SECONDS,
    READ_RETRY_SECONDS,
)
from framework.retry_transport import MAX_RETRIES, RETRIED_STATUS
from tests.api import BASE_URL, Clock, build_api, failure, reply

OK = {"fine": True}


class BrokenBody(httpx.AsyncByteStream):
    """A body whose connection drops after the first bytes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"half": '
        raise httpx.ReadError("connection lost")


class UnpackedBody(httpx.AsyncByteStream):
    """A body that isn't gzip, and knows whether its connection was given back."""

    def __init__(self) -> None:
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"no gzip"

    async def aclose(self) -> None:
        self.closed = True


GZIP = {"Content-Encoding": "gzip"}
TRANSIENT = {
    "408": reply(408),
    "500": reply(500),
    "502 HTML": reply(502, html="<html>"),
    "503": reply(503),
    "504": reply(504),
    "not JSON": reply(html="<html>Starting up</html>"),
    "empty 200": reply(),
    "dropped within the body": reply(stream=BrokenBody()),
    "badly compressed": reply(headers=GZIP, stream=UnpackedBody()),
    "no connection": failure(httpx.ConnectError("refused")),
    "time-out": failure(httpx.ReadTimeout("slow")),
    "dropped before reply": failure(httpx.RemoteProtocolError("hung up")),
}


def error_of(trouble: str) -> type[ApiError]:
    if trouble == "no connection":
        return Unreachable
    return MalformedReply if trouble in ("not JSON", "empty 200") else Unavailable


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let retries and pauses take no time; the module asyncio is one for both."""
    clock = Clock()
    monkeypatch.setattr("port_ocean.helpers.retry.asyncio.sleep", clock.sleep)
    return clock


@pytest.fixture
def api(clock: Clock) -> ApiClient:
    return build_api(gate=Gate(clock=clock))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("trouble", TRANSIENT)
async def test_transient_failure_is_repeated_until_it_is_over(
    trouble: str, method: str, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    for _ in range(2):
        TRANSIENT[trouble](httpx_mock, method=method)
    httpx_mock.add_response(method=method, json=OK)

    assert await (api.get("x") if method == "GET" else api.read("x", {"a": 1})) == OK


@pytest.mark.parametrize("trouble", TRANSIENT)
async def test_failure_that_stays_ends_in_an_error(
    trouble: str, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    for _ in range(1 + MAX_RETRIES):
        TRANSIENT[trouble](httpx_mock)

    with pytest.raises(ApiError, match="Vendor: GET some/list") as caught:
        await api.get("some/list")

    assert type(caught.value) is error_of(trouble)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("trouble", TRANSIENT)
async def test_change_is_never_repeated(
    trouble: str, method: str, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    TRANSIENT[trouble](httpx_mock, method=method)

    if trouble == "empty 200":
        assert await api.write(method, "x", {"a": 1}) is None
    else:
        with pytest.raises(error_of(trouble)):
            await api.write(method, "x", {"a": 1})


async def test_unmarked_post_is_not_repeated(
    api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=503)

    assert (await api.http.post("x", json={})).status_code == 503


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (403, Forbidden), (404, ApiError)]
)
async def test_refusal_costs_exactly_one_request(
    status: int, error: type[ApiError], api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    for number in (1, 2):
        httpx_mock.add_response(status_code=status)
        with pytest.raises(error):
            await api.get("x")
        assert len(httpx_mock.get_requests()) == number


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1847"}, 1847),
        ({"Retry-After": "1847", "RateLimit-Reason": "jira-quota-global-based"}, 1847),
    ],
)
async def test_retry_after_is_really_slept(
    headers: dict[str, str],
    seconds: float,
    clock: Clock,
    api: ApiClient,
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(status_code=429, headers=headers)
    httpx_mock.add_response(json=OK)
    started = clock.now

    assert await api.get("x") == OK

    assert clock.now - started == pytest.approx(seconds)


async def test_quota_holds_all_later_requests_and_a_burst_only_its_own(
    clock: Clock, httpx_mock: HTTPXMock
) -> None:
    quota = {"Retry-After": "1847"}
    burst = {"Retry-After": "61", "RateLimit-Reason": "jira-burst-based"}
    for limit, path, waited in [
        (burst, "other", 0),
        (burst, "limited", 61),
        (quota, "other", 1847),
    ]:
        api = build_api(gate=Gate(clock=clock))
        httpx_mock.add_response(status_code=429, headers=limit)
        # A change has not the patience to wait for either.
        with pytest.raises(RateLimited):
            await api.write("GET", "limited")
        before = clock.now

        httpx_mock.add_response(url=f"{BASE_URL}/{path}", json=OK)
        await api.get(path)

        assert clock.now - before == pytest.approx(waited)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_429_is_no_failed_try_however_many_come(
    method: str, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    for _ in range(5 * MAX_RETRIES):
        httpx_mock.add_response(status_code=429, headers={"Retry-After": "1"})
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_response(json=OK)

    assert await (api.get("x") if method == "GET" else api.read("x", {})) == OK


async def test_a_change_that_was_refused_by_429_is_sent_again(
    api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    for _ in range(4):
        httpx_mock.add_response(status_code=429, headers={"Retry-After": "1"})
    httpx_mock.add_response(json=OK)

    assert await api.write("POST", "x", {"a": 1}) == OK


@pytest.mark.parametrize(
    ("method", "patience"),
    [("GET", READ_RETRY_SECONDS), ("POST", CHANGE_RETRY_SECONDS)],
)
async def test_retries_of_429_end_in_time(
    method: str,
    patience: float,
    clock: Clock,
    api: ApiClient,
    httpx_mock: HTTPXMock,
) -> None:
    headers = {"Retry-After": "5"}
    httpx_mock.add_response(status_code=429, headers=headers, is_reusable=True)
    began = clock.now

    with pytest.raises(RateLimited, match=f"{method} x: 429"):
        await (api.get("x") if method == "GET" else api.write(method, "x", {}))

    # The last wait may begin just before.
    assert patience / 2 < clock.now - began <= patience + LONGEST_LESSON_SECONDS


async def test_pause_beyond_the_retry_time_is_reported_at_once(
    clock: Clock, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=429, headers={"Retry-After": "86400"})

    with pytest.raises(RateLimited):
        await api.get("x")

    assert clock.sleeps == []


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_vendors_clock_decides_how_long_to_wait(
    status: int, clock: Clock, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    headers = {
        "Date": "Thu, 26 Mar 2026 15:00:00 GMT",
        "Retry-After": "Thu, 26 Mar 2026 15:00:30 GMT",
    }
    httpx_mock.add_response(status_code=status, headers=headers)
    httpx_mock.add_response(json=OK)
    began = clock.now

    await api.get("x")

    assert clock.now - began == pytest.approx(30)


@pytest.mark.parametrize("status", sorted(RETRIED_STATUS))
async def test_retry_after_nothing_is_no_reason_to_hurry(
    status: int, clock: Clock, httpx_mock: HTTPXMock
) -> None:
    for _ in range(1 + MAX_RETRIES):
        httpx_mock.add_response(status_code=status, headers={"Retry-After": "0"})

    with pytest.raises(Unavailable):
        await build_api(gate=Gate(clock=clock), first_backoff=0.5).get("x")

    assert clock.now - 1000 >= DEFAULT_PAUSE_SECONDS * MAX_RETRIES


async def test_exhausted_policy_holds_the_next_request(
    clock: Clock, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=OK, headers={"RateLimit": '"quota";r=0;t=18'})
    httpx_mock.add_response(json=OK)

    await api.get("x")
    assert clock.sleeps == []
    await api.get("y")

    assert clock.sleeps == [18]


async def test_token_bucket_of_octopus_is_not_emptied(
    clock: Clock, api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    headers = {
        "Octopus-RateLimit": "r=3;t=18",
        "Octopus-RateLimit-Policy": "l=200;rpm=120",
    }
    httpx_mock.add_response(json=OK, headers=headers, is_reusable=True)
    began = clock.now
    for _ in range(7):
        await api.get("x")

    assert clock.now - began == pytest.approx(5 * 0.5, rel=0.1)


async def test_retried_request_is_the_same_request(
    api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(match_json={"jql": "a = 1"}, status_code=503)
    httpx_mock.add_response(match_json={"jql": "a = 1"}, json=OK)

    assert await api.read("x", {"jql": "a = 1"}) == OK


async def test_compressed_body_is_read_whole(
    api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    body = gzip.compress(json.dumps({"rows": [1, 2]}).encode())
    httpx_mock.add_response(headers=GZIP, stream=httpx.ByteStream(body))

    assert await api.get("x") == {"rows": [1, 2]}


async def test_connection_of_an_undecodable_body_is_given_back(
    api: ApiClient, httpx_mock: HTTPXMock
) -> None:
    body = UnpackedBody()
    httpx_mock.add_response(headers=GZIP, stream=body)
    httpx_mock.add_response(json=OK)

    assert await api.get("x") == OK
    assert body.closed
