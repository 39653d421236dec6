"""One request and its errors by remedy; what is remembered and for how long."""

import gc
import weakref
from typing import Any

import httpx
import pytest

from client import MEMORY_SECONDS, ApiClient, vendor_message
from core.errors import (
    ApiError,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from tests.fake_vendor import CREDENTIAL_SETTINGS, Script, build_api


def reply(status: int, **kwargs: Any) -> httpx.Response:
    return httpx.Response(status, **kwargs)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (reply(200, json={"a": 1}), {"a": 1}),
        (reply(201, json=[1]), [1]),
        (reply(200, text="7"), 7),
    ],
)
async def test_good_reply_is_its_parsed_body(
    response: httpx.Response, expected: Any
) -> None:
    api = build_api(Script(response))

    assert await api.get("x") == expected
    assert await api.read("x", {}) == expected
    assert await api.write("PUT", "x", {"b": 2}) == expected


async def test_change_may_be_answered_without_a_body() -> None:
    api = build_api(Script(reply(204), reply(200)))

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
    status: int, error: type[ApiError]
) -> None:
    with pytest.raises(error) as caught:
        await build_api(Script(reply(status))).write("POST", "x")

    assert type(caught.value) is error
    assert caught.value.status == status
    assert str(caught.value).startswith(f"Vendor: POST x: {status}")


async def test_no_connection_is_unavailable_without_a_status() -> None:
    script = Script(httpx.ConnectError("all connection attempts failed"))

    with pytest.raises(Unavailable, match="ConnectError all connection") as caught:
        await build_api(script).get("some/path")

    assert caught.value.status is None
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


async def test_change_answered_by_something_else_than_json_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="not JSON"):
        await build_api(Script(reply(200, html="<html>"))).write("POST", "x")


async def test_401_names_the_settings_to_check() -> None:
    body = {"ErrorMessage": "The API key you provided was not valid."}

    with pytest.raises(Unauthorized, match=CREDENTIAL_SETTINGS) as caught:
        await build_api(Script(reply(401, json=body))).get("x")

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
    assert vendor_message(reply(400, json=body)).startswith(message)
    if not message:
        assert vendor_message(reply(400, json=body)) == ""


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b"", b"\xff\xfe"])
def test_html_is_not_a_message(content: bytes) -> None:
    assert vendor_message(reply(502, content=content)) == ""


def test_long_message_is_cut() -> None:
    assert len(vendor_message(reply(400, json={"message": "x" * 5000}))) == 300


@pytest.mark.parametrize(
    "path", ["/api/spaces", "https://evil.test/x", "//evil.test/x", "http://x"]
)
async def test_path_outside_the_base_url_is_a_bug(path: str) -> None:
    script = Script(reply(200, json={}))

    with pytest.raises(ValueError, match="not a path below the base URL"):
        await build_api(script).get(path)

    assert script.requests == []


async def test_base_path_is_kept() -> None:
    script = Script(reply(200, json={}))

    await build_api(script, base_url="https://x.test/octopus").get("api/spaces")

    assert str(script.requests[0].url) == "https://x.test/octopus/api/spaces"


async def test_none_is_not_sent_as_a_parameter() -> None:
    script = Script(reply(200, json={}))

    await build_api(script).get("x", {"a": None, "b": 0, "c": "", "d": "1,2"})

    assert script.requests[0].url.query == b"b=0&c=&d=1%2C2"


async def test_list_becomes_a_repeated_parameter() -> None:
    script = Script(reply(200, json={}))

    await build_api(script).get("x", {"id": [1, 2], "none": []})

    assert script.requests[0].url.query == b"id=1&id=2"


async def test_read_sends_its_body_as_json() -> None:
    script = Script(reply(200, json={}))

    await build_api(script).read("x", {"jql": "a = 1", "fields": ["*all"]})

    (request,) = script.requests
    assert request.method == "POST"
    assert request.content == b'{"jql":"a = 1","fields":["*all"]}'


# --- Memory ----------------------------------------------------------------------


async def test_remembered_list_lasts_until_it_is_old_or_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 50.0
    monkeypatch.setattr("client.time.monotonic", lambda: now)
    api = build_api(Script(reply(200)))

    assert api.recall("spaces") is None
    api.remember("spaces", [])
    assert api.recall("spaces") == []
    now += MEMORY_SECONDS - 1
    assert api.recall("spaces") == []
    now += 1
    assert api.recall("spaces") is None

    assert api._remembered
    api.remember("projects", [])
    assert list(api._remembered) == ["projects"]
    api.remember("spaces", [{"Id": "S1"}])
    assert api.recall("spaces") == [{"Id": "S1"}]
    api.forget()
    assert api.recall("spaces") is None


def test_client_is_freed_with_what_it_remembers() -> None:
    api = build_api(Script(reply(200)))
    api.remember("spaces", [{"Id": "S1"}])
    watched: weakref.ref[ApiClient] = weakref.ref(api)

    del api
    gc.collect()

    assert watched() is None
