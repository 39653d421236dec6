"""What the headers say."""

import itertools
from datetime import UTC, datetime

import httpx
import pytest

from core.limit_headers import (
    DEFAULT_PAUSE_SECONDS,
    Allowance,
    Pause,
    endpoint_of,
    read_allowance,
    read_pause,
    seconds_asked,
)

NOW = datetime(2026, 3, 26, 15, 59, 30, tzinfo=UTC)
BURST = "jira-burst-based"
QUOTA = "jira-quota-global-based"


def everything(seconds: float) -> Pause:
    return Pause(seconds, endpoint=False)


def endpoint(seconds: float) -> Pause:
    return Pause(seconds, endpoint=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {"Retry-After": "1", "RateLimit-Reason": BURST}, endpoint(1), id="burst"
        ),
        pytest.param(
            {"Retry-After": "1847", "RateLimit-Reason": QUOTA},
            everything(1847),
            id="quota",
        ),
        pytest.param(
            {"Retry-After": "2", "RateLimit-Reason": "jira-per-issue-on-write"},
            everything(2),
            id="per issue",
        ),
        pytest.param(
            {"Retry-After": "3", "RateLimit-Reason": "something-new"},
            everything(3),
            id="unknown reason",
        ),
        pytest.param({"Retry-After": "7"}, everything(7), id="no reason"),
        pytest.param(
            {"X-RateLimit-Reset": "2026-03-26T16:00Z"},
            everything(30),
            id="reset without seconds",
        ),
        pytest.param(
            {"X-RateLimit-Reset": "2026-03-26T16:01:01Z"},
            everything(91),
            id="reset with seconds",
        ),
        pytest.param(
            {"X-RateLimit-Reset": "1774540800"}, everything(30), id="reset as epoch"
        ),
        pytest.param(
            {"Retry-After": "9", "X-RateLimit-Reset": "2026-03-26T16:00Z"},
            everything(9),
            id="Retry-After goes first",
        ),
        pytest.param(
            {"Retry-After": "Thu, 26 Mar 2026 16:00:30 GMT"},
            everything(60),
            id="HTTP date",
        ),
        pytest.param(
            {"Retry-After": "Thu, 26 Mar 2026 15:00:00 GMT"},
            everything(DEFAULT_PAUSE_SECONDS),
            id="HTTP date in the past",
        ),
        pytest.param(
            {"Retry-After": "soon"}, everything(DEFAULT_PAUSE_SECONDS), id="nonsense"
        ),
        pytest.param(
            {"Retry-After": "0"}, everything(DEFAULT_PAUSE_SECONDS), id="zero"
        ),
        pytest.param({}, everything(DEFAULT_PAUSE_SECONDS), id="nothing at all"),
        pytest.param(
            {"RateLimit-Reason": BURST}, endpoint(DEFAULT_PAUSE_SECONDS), id="reason"
        ),
        pytest.param(
            {
                "X-Failure-Category": "FAILURE CLIENT RATE LIMITED",
                "X-Ratelimit-Limit": "360000",
                "X-Ratelimit-Remaining": "0",
                "X-RateLimit-Reset": "2026-03-26T16:00:00Z",
            },
            everything(30),
            id="gateway incident",
        ),
        pytest.param({"Retry-After": "86400"}, everything(86400), id="beyond patience"),
        pytest.param(
            {"Beta-Retry-After": "600", "X-Beta-RateLimit-Reset": "2026-03-26T17:00Z"},
            everything(DEFAULT_PAUSE_SECONDS),
            id="Beta headers only",
        ),
    ],
)
def test_429_pauses_for_what_the_headers_say(
    headers: dict[str, str], expected: Pause
) -> None:
    assert read_pause(429, httpx.Headers(headers), NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Octopus-RateLimit": "r=0;t=18"}, None, id="full again in 18 s"),
        pytest.param({"RateLimit": f'"{BURST}";r=0;t=1'}, endpoint(1), id="burst"),
        pytest.param(
            {"RateLimit": '"global-app-quota";r=0;t=200'}, everything(200), id="quota"
        ),
        pytest.param(
            {"RateLimit": f'"global-app-quota";t=200,"{BURST}";r=90;t=1'},
            None,
            id="r is missing or not nought",
        ),
        pytest.param(
            {"RateLimit": f'"global-app-quota";t=200, "{BURST}"; r=0; t=1'},
            endpoint(1),
            id="two policies, one exhausted, blanks",
        ),
        pytest.param(
            {"RateLimit": f'"{BURST}";r=0;t=1,"tenant-quota";t=60;r=0'},
            everything(60),
            id="the longest of two",
        ),
        pytest.param({"Beta-RateLimit": '"x";r=0;t=9'}, None, id="Beta"),
        pytest.param({"X-RateLimit-Remaining": "0"}, None, id="remaining nought"),
        pytest.param({"X-RateLimit-NearLimit": "true"}, None, id="near limit"),
        pytest.param({"RateLimit": "garbage;;="}, None, id="garbage"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_good_reply_pauses_only_when_a_policy_is_exhausted(
    headers: dict[str, str], expected: Pause | None
) -> None:
    assert read_pause(200, httpx.Headers(headers), NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-RateLimit-Reset": "2026-03-26T16:00Z"}, 90),
        ({"X-RateLimit-Reset": "1774540800"}, 90),
        ({"Retry-After": "Thu, 26 Mar 2026 16:00:30 GMT"}, 120),
        ({"Retry-After": "7"}, 7),
        ({}, None),
    ],
)
def test_a_point_in_time_is_read_by_the_vendors_clock(
    headers: dict[str, str], expected: float | None
) -> None:
    headers = {**headers, "Date": "Thu, 26 Mar 2026 15:58:30 GMT"}

    assert seconds_asked(httpx.Headers(headers)) == expected


@pytest.mark.parametrize(
    ("left", "policy", "expected"),
    [
        ("r=7;t=18", "l=200;rpm=600", Allowance(7, 10.0)),
        ("r=0;t=18", "l=200;rpm=600", Allowance(0, 10.0)),
        ("r=7;t=18", "", None),
        ("", "l=200;rpm=600", None),
        ("r=7;t=18", "l=200;rpm=0", None),
        ("garbage", "garbage", None),
    ],
)
def test_token_bucket_of_octopus_is_read(
    left: str, policy: str, expected: Allowance | None
) -> None:
    headers = {"Octopus-RateLimit": left, "Octopus-RateLimit-Policy": policy}

    assert read_allowance(httpx.Headers(headers)) == expected


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (503, {"Retry-After": "20"}, everything(20)),
        (503, {}, None),
        (500, {"Retry-After": "20"}, None),
        (200, {"Retry-After": "20"}, None),
    ],
)
def test_503_pauses_when_it_says_how_long(
    status: int, headers: dict[str, str], expected: Pause | None
) -> None:
    assert read_pause(status, httpx.Headers(headers), NOW) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/rest/api/3/issue/10001", "/rest/api/3/issue/10002"),
        ("/rest/agile/1.0/board/5/sprint", "/rest/agile/1.0/board/1234/sprint"),
        ("/rest/api/3/issue/SHOP-1", "/rest/api/3/issue/SHOP-22"),
        ("/api/Spaces-1/releases", "/api/Spaces-2/releases"),
    ],
)
def test_ids_do_not_make_another_endpoint(one: str, other: str) -> None:
    assert endpoint_of("GET", one) == endpoint_of("GET", other)


def test_method_and_path_make_an_endpoint() -> None:
    paths = ["/rest/api/3/project/search", "/rest/api/3/search/jql", "/api/Spaces-1/x"]
    names = {endpoint_of(m, p) for m, p in itertools.product(["GET", "POST"], paths)}

    assert len(names) == 6
