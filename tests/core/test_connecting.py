"""A sign-in ends soon where nothing can be connected; all else is retried as ever."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from client import ApiClient
from core.connecting import KNOWN_SECONDS, PATIENCE_SECONDS
from core.errors import ApiError, Unavailable, Unreachable
from core.rate_limit import Gate
from framework.retry_transport import FIRST_BACKOFF_SECONDS, JITTER_RATIO
from octopus.tokens import ExchangedTokenAuth
from tests.api import BASE_URL, VENDOR, build_api
from tests.virtual_time import now, run

type Answer = Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]


async def nobody_listens(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("All connection attempts failed")


async def firewall(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(request.extensions["timeout"]["connect"])
    raise httpx.ConnectTimeout("")


async def proxy(request: httpx.Request) -> httpx.Response:
    raise httpx.ProxyError("503 Service Unavailable")


async def starting(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


async def good(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": "1"})


class Network(httpx.AsyncBaseTransport):
    """Answers as it is told to, and notes when it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(now())
        return await self.answer(request)


def connect(network: Network, auth: httpx.Auth | None = None) -> ApiClient:
    return build_api(
        network=network,
        gate=Gate(clock=now),
        auth=auth,
        first_backoff=FIRST_BACKOFF_SECONDS,
        vendor=replace(VENDOR, address_setting="vendorUrl"),
    )


async def seconds_until(
    error: type[ApiError], question: Coroutine[Any, Any, Any]
) -> float:
    """Return how long it takes until a question fails so."""
    began = now()
    with pytest.raises(error) as caught:
        await question
    assert type(caught.value) is error
    if error is Unreachable:
        assert f"({BASE_URL}/). Check vendorUrl" in str(caught.value)
    return now() - began


@pytest.mark.parametrize("trouble", [nobody_listens, firewall, proxy])
def test_sign_in_tries_more_than_once_and_ends_in_time(trouble: Answer) -> None:
    async def sign_in() -> None:
        network = Network(trouble)
        took = await seconds_until(Unreachable, connect(network).whoami())

        # However short the pauses are by chance.
        least = 7 * FIRST_BACKOFF_SECONDS * (1 - JITTER_RATIO)
        assert least <= round(took, 6) <= PATIENCE_SECONDS
        assert len(network.asked) >= 3

    run(sign_in())


def test_what_was_in_vain_is_not_tried_again_at_once() -> None:
    async def sign_in() -> None:
        network = Network(nobody_listens)
        api = connect(network)
        await seconds_until(Unreachable, api.whoami())
        count = len(network.asked)
        assert await seconds_until(Unreachable, api.whoami()) == 0
        assert len(network.asked) == count

        network.answer = good
        await asyncio.sleep(KNOWN_SECONDS)
        assert await api.whoami() == {"id": "1"}

    run(sign_in())


def test_who_comes_back_while_it_is_tried_is_signed_in_to() -> None:
    async def sign_in() -> None:
        network = Network(nobody_listens)
        asking = asyncio.create_task(connect(network).whoami())
        await asyncio.sleep(1)
        network.answer = good
        assert await asking == {"id": "1"}

    run(sign_in())


def test_everything_else_outlasts_a_restart() -> None:
    async def ask() -> None:
        for network in (Network(starting), Network(nobody_listens)):
            api = connect(network)
            if network.answer is starting:
                took = await seconds_until(Unavailable, api.whoami())
            else:
                took = await seconds_until(Unreachable, api.get("some/list"))
            assert took > 3 * PATIENCE_SECONDS

    run(ask())


@pytest.mark.parametrize("trouble", [nobody_listens, firewall])
def test_a_token_is_not_asked_for_any_longer(trouble: Answer, tmp_path: Path) -> None:
    identity = tmp_path / "token"
    identity.write_text("ey.J")

    async def sign_in() -> None:
        auth = ExchangedTokenAuth(BASE_URL, "account-1", str(identity))
        api = connect(Network(trouble), auth)
        assert await seconds_until(Unreachable, api.whoami()) <= PATIENCE_SECONDS

    run(sign_in())
