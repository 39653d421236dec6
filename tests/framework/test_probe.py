"""What an answer, or the failure to get one, means for a kind."""

import pytest
from port_ocean.core.probe import ProbeContext, ProbeStatus
from pytest_httpx import HTTPXMock

from core.errors import (
    ApiError,
    ConfigurationError,
    Forbidden,
    Gone,
    MalformedReply,
    NotAvailable,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from framework.probe import (
    DENIED,
    GRANTED,
    UNKNOWN,
    Findings,
    Required,
    ask_once,
    conclude,
    judge,
    not_set_up,
    shorten,
    together,
    unknown,
    worst,
)
from tests.api import build_api


@pytest.mark.parametrize("error", [Unavailable, RateLimited, MalformedReply])
def test_trouble_is_unknown_with_its_reason(error: type[ApiError]) -> None:
    assert judge(error("no answer"), ("READ",)) == (UNKNOWN, "no answer")


@pytest.mark.parametrize(
    "error", [Unauthorized, Forbidden, NotFound, Gone, Refused, NotAvailable]
)
def test_what_a_resync_would_fail_on_is_denied(error: type[Exception]) -> None:
    assert judge(error("not here")) == (DENIED, "not here")


def test_a_refusal_names_the_missing_permission() -> None:
    status, message = judge(Forbidden("403"), ("READ", "LIST"))

    assert (status, message) == (DENIED, "Missing permission(s): READ, LIST. 403")


def test_an_undocumented_reply_grants_nothing() -> None:
    status, message = judge(KeyError("values"))

    assert status is UNKNOWN
    assert "KeyError('values')" in message


def test_an_unreadable_setting_is_denied() -> None:
    assert judge(ConfigurationError("set it"))[0] is DENIED


def test_any_reply_is_good_news() -> None:
    assert judge([])[0] is GRANTED


def test_a_reason_stays_unknown_whatever_it_is() -> None:
    assert unknown(Forbidden("403")) == (UNKNOWN, "403")
    assert unknown("no idea") == (UNKNOWN, "no idea")


def test_the_worst_verdict_counts() -> None:
    good, bad, dark = (GRANTED, "yes"), (DENIED, "no"), (UNKNOWN, "perhaps")

    assert worst(good, dark, bad) == bad
    assert worst(good, dark) == dark
    assert worst(good, (GRANTED, "also")) == good


def test_every_named_permission_is_required() -> None:
    table = Required({"kind": ("A", "B"), "free": ()})

    assert table.verdict("kind", {"A": True, "B": True})[0] is GRANTED
    assert table.verdict("kind", {"A": True, "B": False}) == (
        DENIED,
        "Missing permission(s): B",
    )
    assert table.verdict("free", {}) == (GRANTED, "Needs no permission")


def test_a_permission_that_is_not_reported_is_unknown() -> None:
    status, message = Required({"kind": ("A", "B")}).verdict("kind", {"A": True})

    assert status is UNKNOWN
    assert message.endswith(": B")


def test_long_lists_of_names_are_cut() -> None:
    assert shorten(["a", "b", "c"]) == "a, b, c"
    assert shorten(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


async def test_one_failure_leaves_the_other_answers() -> None:
    async def fail() -> str:
        raise Unavailable("down")

    async def succeed() -> str:
        return "up"

    first, second = await together(fail(), succeed())

    assert isinstance(first, Unavailable)
    assert second == "up"


async def test_a_probe_does_not_repeat_requests(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=503)

    api = build_api()
    ask_once(api.http)
    with pytest.raises(Unavailable):
        await api.get("x")

    (request,) = httpx_mock.get_requests()
    assert request.extensions["timeout"]["read"] < 60


class Silent:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.reports: list[dict[str, object]] = []

    async def report(self, report: dict[str, object]) -> None:
        self.reports.append(report)


def context(*kinds: str) -> ProbeContext:
    return ProbeContext(
        available_kinds=[*kinds],
        reporter=Silent(),  # type: ignore[arg-type] # needs no configuration
    )


async def test_the_report_has_the_kinds_that_were_asked_for_and_all_lines() -> None:
    one, other = Findings(lines=["one"]), not_set_up("Other", ["other"])
    one.add("kind", (GRANTED, "yes"), {"space": "Default"})
    one.add("unasked", (DENIED, "no"))

    done = await conclude(context("kind", "other"), [one, other])

    assert [check.kind for check in done.checks] == ["kind", "other"]
    assert done.checks[0].scopes == {"space": "Default"}
    assert done.checks[1].status is UNKNOWN
    assert done.message == "one\nOther is not set up."
    assert done.status is ProbeStatus.IN_PROGRESS


async def test_a_product_that_could_not_be_asked_fails_the_probe() -> None:
    done = await conclude(context(), [Findings(lines=["no sign-in"], failed=True)])

    assert (done.status, done.message) == (ProbeStatus.FAILED, "no sign-in")
