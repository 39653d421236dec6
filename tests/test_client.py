"""One request and its errors by remedy; what is remembered and for how long."""

import gc
import weakref
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from client import ApiClient
from core.errors import (
    ApiError,
    Forbidden,
    Gone,
    MalformedReply,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from core.replies import vendor_message
from core.types import Params
from framework.retry_transport import MAX_MALFORMED_RETRIES
from tests.api import (
    BASE_URL,
    CREDENTIAL_SETTINGS,
    GONE,
    VENDOR,
    build_api,
)


async def test_good_reply_is_its_parsed_body(httpx_mock: HTTPXMock) -> None:
    for method in ("GET", "POST", "PUT"):
        httpx_mock.add_response(method=method, json={"a": 1})
    httpx_mock.add_response(method="GET", json=[1])
    api = build_api()

    assert await api.get("x") == {"a": 1}
    assert await api.read("x", {}) == {"a": 1}
    assert await api.write("PUT", "x", {"b": 2}) == {"a": 1}
    assert await api.get_array("x") == [1]


@pytest.mark.parametrize("body", ["null", "7", '"text"', "true"])
async def test_a_reply_of_another_form_is_malformed_after_retries(
    body: str, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(text=body, is_reusable=True)
    api = build_api()

    for asked in (api.get("x"), api.get_array("x"), api.read("x", {})):
        with pytest.raises(MalformedReply, match="expected an"):
            await asked
    assert len(httpx_mock.get_requests()) == 3 * (1 + MAX_MALFORMED_RETRIES)


async def test_halves_of_characters_are_replaced(httpx_mock: HTTPXMock) -> None:
    text = r'{"a\ud83d": ["x\ud83d", "\ud83d\ude00", "\\ud83d"], "n": 1}'
    httpx_mock.add_response(text=text)
    whole = {"a\ufffd": ["x\ufffd", "\U0001f600", r"\ud83d"], "n": 1}

    assert await build_api().get("x") == whole


@pytest.mark.parametrize("status", [200, 403, 404, 500])
async def test_an_anonymous_reply_is_unauthorized_whatever_its_status(
    status: int, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, json={}, is_reusable=True)
    vendor = replace(VENDOR, is_authenticated=lambda headers: False)
    api = build_api(vendor=vendor, auth=httpx.BasicAuth("me", "secret"))

    with pytest.raises(Unauthorized, match=CREDENTIAL_SETTINGS):
        await api.get("x")


async def test_nobody_is_asked_who_we_are_while_replies_say_so(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(json={})
    api = build_api()
    await api.get("x")
    await api.confirm_identity()


async def test_replies_that_do_not_say_so_are_confirmed_together(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(url=f"{BASE_URL}/x", json={}, is_reusable=True)
    httpx_mock.add_response(url=f"{BASE_URL}/me", json={})
    api = build_api(vendor=replace(VENDOR, is_authenticated=lambda headers: None))

    for _ in range(3):
        await api.get("x")
    await api.confirm_identity()
    await api.confirm_identity()


async def test_what_is_asked_without_a_credential_is_not_confirmed(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(url=f"{BASE_URL}/public", json={})
    api = build_api(vendor=replace(VENDOR, is_authenticated=lambda headers: None))
    await api.get_public("public")
    await api.confirm_identity()


async def test_change_may_be_answered_without_a_body(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="DELETE", status_code=204)
    httpx_mock.add_response(method="PUT", status_code=200)
    api = build_api()

    assert await api.write("DELETE", "x") is None
    assert await api.write("PUT", "x", {}) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, Refused),
        (302, Refused),
        (304, Refused),
        (400, Refused),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, Refused),
        (408, Unavailable),
        (409, Refused),
        (410, Gone),
        (414, Refused),
        (418, Refused),
        (422, Refused),
        (429, RateLimited),
        (500, Unavailable),
        (501, Unavailable),
        (503, Unavailable),
    ],
)
async def test_status_decides_which_error_it_is(
    status: int, error: type[ApiError], httpx_mock: HTTPXMock
) -> None:
    # Of a 429, one that asks for more patience than anybody has.
    headers = {"Retry-After": "86400"}
    httpx_mock.add_response(status_code=status, json=GONE, headers=headers)

    with pytest.raises(error) as caught:
        await build_api().write("POST", "x")

    assert type(caught.value) is error
    assert caught.value.status == status
    assert str(caught.value).startswith(f"Vendor: POST x: {status}")


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_what_is_not_the_vendors_own_error_is_not_final(
    status: int, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=status, html="<html>a page of a proxy</html>")

    with pytest.raises(Unavailable, match="not in Vendor's own words"):
        await build_api().write("POST", "x")


async def test_no_connection_is_unavailable_without_a_status(
    httpx_mock: HTTPXMock,
) -> None:
    error = httpx.ConnectError("all connection attempts failed")
    httpx_mock.add_exception(error, is_reusable=True)

    with pytest.raises(Unavailable, match="ConnectError all connection") as caught:
        await build_api().get("some/path")

    assert caught.value.status is None
    assert caught.value.__cause__ is error


async def test_change_answered_by_something_else_than_json_is_malformed(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(html="<html>")

    with pytest.raises(MalformedReply, match="not JSON"):
        await build_api().write("POST", "x")


async def test_401_names_the_settings_to_check(httpx_mock: HTTPXMock) -> None:
    body = {"ErrorMessage": "The API key you provided was not valid."}
    httpx_mock.add_response(status_code=401, json=body)

    with pytest.raises(Unauthorized, match=CREDENTIAL_SETTINGS) as caught:
        await build_api().get("x")

    assert "was not valid" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"errorMessages": ["No JQL", "At all"], "errors": {"jql": "is bad"}},
            "No JQL At all jql: is bad",
        ),
        ({"ErrorMessage": "Not found", "Errors": ["Not found"]}, "Not found"),
        ({"code": 401, "message": "Unauthorized; scope does not match"}, "Unauth"),
        ({"errorMessages": [], "errors": {}}, ""),
        ({"errors": None}, ""),
        (["a list"], ""),
        ("a text", ""),
    ],
)
def test_vendors_own_words_are_kept(body: Any, message: str) -> None:
    assert vendor_message(httpx.Response(400, json=body)).startswith(message)
    if not message:
        assert vendor_message(httpx.Response(400, json=body)) == ""


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b"", b"\xff\xfe"])
def test_html_is_not_a_message(content: bytes) -> None:
    assert vendor_message(httpx.Response(502, content=content)) == ""


def test_long_message_is_cut() -> None:
    assert len(vendor_message(httpx.Response(400, json={"message": "x" * 5000}))) == 300


@pytest.mark.parametrize(
    "path", ["/api/spaces", "https://evil.test/x", "//evil.test/x", "http://x"]
)
async def test_path_outside_the_base_url_is_a_bug(
    path: str, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(ValueError, match="not a path below the base URL"):
        await build_api().get(path)

    assert httpx_mock.get_requests() == []


async def test_base_path_is_kept(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="https://x.test/octopus/api/spaces", json={})

    assert await build_api(base_url="https://x.test/octopus").get("api/spaces") == {}


@pytest.mark.parametrize(
    ("params", "query"),
    [
        pytest.param(
            {"a": None, "b": 0, "c": "", "d": "1,2"},
            b"b=0&c=&d=1%2C2",
            id="None is not sent",
        ),
        pytest.param({"id": [1, 2], "none": []}, b"id=1&id=2", id="a list is repeated"),
    ],
)
async def test_parameters_are_sent_as_vendors_read_them(
    params: Params, query: bytes, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json={})

    await build_api().get("x", params)

    (request,) = httpx_mock.get_requests()
    assert request.url.query == query


async def test_read_sends_its_body_as_json(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="POST", json={})

    await build_api().read("x", {"jql": "a = 1", "fields": ["*all"]})

    (request,) = httpx_mock.get_requests()
    assert request.content == b'{"jql":"a = 1","fields":["*all"]}'


# --- Memory ----------------------------------------------------------------------


def test_client_is_freed_with_what_it_remembers() -> None:
    api = build_api()
    api.remember("spaces", [{"Id": "S1"}])
    watched: weakref.ref[ApiClient] = weakref.ref(api)

    del api
    gc.collect()

    assert watched() is None


async def test_a_reply_is_freed_without_garbage_collection() -> None:
    replies: list[weakref.ref[httpx.Response]] = []

    async def note(response: httpx.Response) -> None:
        replies.append(weakref.ref(response))

    network = httpx.MockTransport(lambda _: httpx.Response(200, json={"a": 1}))
    api = build_api(network=network)
    api.http.event_hooks = {"response": [note]}
    gc.disable()
    try:
        assert await api.get("x") == {"a": 1}
        assert [reply() for reply in replies] == [None]
    finally:
        gc.enable()
