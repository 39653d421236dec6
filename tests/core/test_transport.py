"""What is repeated, how long is waited, and that a whole reply counts as a reply."""

import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from core.errors import ApiError, Forbidden, RateLimited, Unauthorized, Unavailable
from core.rate_limit import DEFAULT_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Gate
from core.transport import MAX_RETRIES, RETRIED_STATUS
from tests.fake_vendor import BrokenBody, Clock, Handler, Script, build_api

OK = httpx.Response(200, json={"fine": True})


def not_json(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>Starting up</html>")


def cut_off(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=BrokenBody())


def badly_compressed(request: httpx.Request) -> httpx.Response:
    headers = {"Content-Encoding": "gzip"}
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"plain"))


def empty(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


TRANSIENT = [
    pytest.param(httpx.Response(408), Unavailable, id="408"),
    pytest.param(httpx.Response(429), RateLimited, id="429"),
    pytest.param(httpx.Response(500), Unavailable, id="500"),
    pytest.param(httpx.Response(502, html="<html>"), Unavailable, id="502 HTML"),
    pytest.param(httpx.Response(503), Unavailable, id="503"),
    pytest.param(httpx.Response(504), Unavailable, id="504"),
    pytest.param(not_json, Unavailable, id="not JSON"),
    pytest.param(empty, Unavailable, id="empty 200"),
    pytest.param(cut_off, Unavailable, id="dropped within the body"),
    pytest.param(badly_compressed, Unavailable, id="badly compressed"),
    pytest.param(httpx.ConnectError("refused"), Unavailable, id="no connection"),
    pytest.param(httpx.ReadTimeout("slow"), Unavailable, id="time-out"),
    pytest.param(
        httpx.RemoteProtocolError("hung up"), Unavailable, id="dropped before reply"
    ),
]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let retries and pauses take no time; the module asyncio is one for both."""
    clock = Clock()
    monkeypatch.setattr("port_ocean.helpers.retry.asyncio.sleep", clock.sleep)
    return clock


@pytest.mark.parametrize(("failure", "error"), TRANSIENT)
async def test_transient_failure_is_repeated_until_it_is_over(
    failure: httpx.Response | Handler | Exception, error: type[ApiError], clock: Clock
) -> None:
    for method in ("get", "read"):
        script = Script(failure, failure, OK)
        api = build_api(script, gate=Gate(clock=clock))

        reply = await (api.get("x") if method == "get" else api.read("x", {"a": 1}))

        assert reply == {"fine": True}
        assert len(script.requests) == 3


@pytest.mark.parametrize(("failure", "error"), TRANSIENT)
async def test_failure_that_stays_ends_in_an_error(
    failure: httpx.Response | Handler | Exception, error: type[ApiError], clock: Clock
) -> None:
    script = Script(failure)

    with pytest.raises(error) as caught:
        await build_api(script, gate=Gate(clock=clock)).get("some/list")

    assert type(caught.value) is error
    assert len(script.requests) == 1 + MAX_RETRIES
    assert "Vendor: GET some/list" in str(caught.value)


@pytest.mark.parametrize(("failure", "error"), TRANSIENT)
async def test_change_is_never_repeated(
    failure: httpx.Response | Handler | Exception, error: type[ApiError], clock: Clock
) -> None:
    for method in ("POST", "PUT", "DELETE"):
        script = Script(failure)
        api = build_api(script, gate=Gate(clock=clock))
        if failure is empty:
            assert await api.write(method, "x", {"a": 1}) is None
        else:
            with pytest.raises(error):
                await api.write(method, "x", {"a": 1})

        assert len(script.requests) == 1


async def test_unmarked_post_is_not_repeated() -> None:
    script = Script(httpx.Response(503))

    await build_api(script).http.post("x", json={})

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (403, Forbidden), (404, ApiError)]
)
async def test_refusal_costs_exactly_one_request(
    status: int, error: type[ApiError]
) -> None:
    script = Script(httpx.Response(status))
    api = build_api(script)

    for _ in range(2):
        with pytest.raises(error):
            await api.get("x")

    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1847"}, 1847),
        ({"Retry-After": "1847", "RateLimit-Reason": "jira-quota-global-based"}, 1847),
        ({"Retry-After": "86400"}, LONGEST_PAUSE_SECONDS),
    ],
)
async def test_retry_after_is_really_slept(
    headers: dict[str, str], seconds: float, clock: Clock
) -> None:
    script = Script(httpx.Response(429, headers=headers), OK)
    started = clock.now

    assert await build_api(script, gate=Gate(clock=clock)).get("x") == {"fine": True}

    assert clock.now - started == pytest.approx(seconds)


async def test_quota_holds_all_later_requests_and_a_burst_only_its_own(
    clock: Clock,
) -> None:
    gate = Gate(clock=clock)
    quota = httpx.Response(429, headers={"Retry-After": "1847"})
    burst = httpx.Response(
        429, headers={"Retry-After": "60", "RateLimit-Reason": "jira-burst-based"}
    )
    for limit, path, waited in [
        (burst, "other", 0),
        (burst, "limited", 60),
        (quota, "other", 1847),
    ]:
        script = Script(limit, OK)
        api = build_api(script, gate=gate)
        with pytest.raises(RateLimited):
            await api.write("GET", "limited")
        before = clock.now

        await api.get(path)

        assert clock.now - before == pytest.approx(waited)
        clock.now += 10_000


async def test_429_without_headers_backs_off_longer_each_time(clock: Clock) -> None:
    api = build_api(Script(httpx.Response(429)), gate=Gate(clock=clock))

    with pytest.raises(RateLimited):
        await api.get("x")

    assert clock.now - 1000 >= 2 * MAX_RETRIES


@pytest.mark.parametrize("status", sorted(RETRIED_STATUS))
async def test_retry_after_nothing_is_no_reason_to_hurry(
    status: int, clock: Clock
) -> None:
    script = Script(httpx.Response(status, headers={"Retry-After": "0"}))
    with pytest.raises((RateLimited, Unavailable)):
        await build_api(script, gate=Gate(clock=clock), first_backoff=0.5).get("x")

    assert len(script.requests) == MAX_RETRIES + 1
    assert clock.now - 1000 >= DEFAULT_PAUSE_SECONDS * MAX_RETRIES


async def test_exhausted_policy_holds_the_next_request(clock: Clock) -> None:
    spent = httpx.Response(200, json=1, headers={"Octopus-RateLimit": "r=0;t=18"})
    api = build_api(Script(spent, OK), gate=Gate(clock=clock))

    await api.get("x")
    assert clock.sleeps == []
    await api.get("y")

    assert clock.sleeps == [18]


async def test_retried_request_is_the_same_request(clock: Clock) -> None:
    script = Script(httpx.Response(503), OK)

    await build_api(script, gate=Gate(clock=clock)).read("x", {"jql": "a = 1"})

    assert [json.loads(r.content) for r in script.requests] == [{"jql": "a = 1"}] * 2


async def test_compressed_body_is_read_whole() -> None:
    body = gzip.compress(json.dumps({"rows": [1, 2]}).encode())
    packed = httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body)
    )

    assert await build_api(Script(packed)).get("x") == {"rows": [1, 2]}


class ClosableBody(httpx.AsyncByteStream):
    """A body that knows whether its connection was given back."""

    def __init__(self) -> None:
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"no gzip"

    async def aclose(self) -> None:
        self.closed = True


async def test_connection_of_an_undecodable_body_is_given_back() -> None:
    body = ClosableBody()
    headers = {"Content-Encoding": "gzip"}
    api = build_api(Script(httpx.Response(200, headers=headers, stream=body), OK))

    assert await api.get("x") == {"fine": True}
    assert body.closed
