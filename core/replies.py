"""Judge a reply: who speaks, to whom, and whether it has the form that was expected.

Pure functions of a reply. What a request expects of it travels in the extensions of the
request, so that the retry transport can take a malformed reply for a failed attempt.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

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
    Unreachable,
)
from core.trouble import ODD_FORM, describe

# Raises MalformedReply for a body that can't be what was asked for.
type Check = Callable[[Any], None]

# Where a request carries its Check, and a reply its parsed body or what is wrong in it.
CHECK, PARSED, MALFORMED = "check", "parsed_json", "malformed"
NOT_JSON = "the reply is not JSON"
# Where a request says that it changes something.
IS_CHANGE = "is_change"
# What says that nobody was connected.
NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
# Vendors put prose, and now and then a whole page, into error bodies.
MAX_MESSAGE_LENGTH = 300
ERRORS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    410: Gone,
    429: RateLimited,
}
# Half of a character beyond the first 65,536, as JSON writes it.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """How one vendor's replies are recognised.

    `is_own_error` recognises a parsed error body in the vendor's own form: only such a
    404 says that something is gone. `is_authenticated` reads from the headers whether
    the request was authenticated, None if they don't say. `whoami` is a path that
    answers 401 to anonymous requests. `lacking` says what a good credential lacks for a
    path, by the words of a 401 that is really a 403; None for any other.
    """

    product: str
    credential_settings: str
    address_setting: str = ""
    whoami: str
    is_own_error: Callable[[Any], bool]
    is_authenticated: Callable[[Mapping[str, str]], bool | None] = lambda headers: True
    lacking: Callable[[str, str], str | None] = lambda words, path: None


def check_object(body: Any) -> None:
    """Raise MalformedReply for anything but a JSON object."""
    if not isinstance(body, dict):
        raise MalformedReply(f"expected an object, not {_short(body)}")


def check_array(body: Any) -> None:
    """Raise MalformedReply for anything but a JSON array."""
    if not isinstance(body, list):
        raise MalformedReply(f"expected an array, not {_short(body)}")


def parse_body(response: httpx.Response) -> bool:
    """Keep the parsed body in the reply; return False when it is not what was expected.

    A read without a body isn't JSON either: it would pass for an item that is gone.
    """
    extensions = response.request.extensions
    if not response.content and IS_CHANGE in extensions:
        response.extensions[PARSED] = None
        return True
    try:
        body = _loads(response.content)
        extensions.get(CHECK, _accept_anything)(body)
    except MalformedReply as error:
        response.extensions[MALFORMED] = str(error)
        return False
    except (ValueError, RecursionError):
        response.extensions[MALFORMED] = NOT_JSON
        return False
    except ODD_FORM as error:  # the check itself did not expect such a form
        response.extensions[MALFORMED] = describe(error)
        return False
    response.extensions[PARSED] = body
    return True


def error_of(vendor: Vendor, response: httpx.Response, request: str) -> ApiError:
    """Return what a reply without success means; `request` begins the message."""
    status = response.status_code
    kind = Unavailable if status >= 500 else ERRORS.get(status, Refused)
    words = vendor_message(response)
    message = f"{request}: {status} {words}".strip()
    if _is_of_others(vendor, kind, response):
        message += f" (not in {vendor.product}'s own words){check_address(vendor)}"
        return Unavailable(message, status=status, words=words)
    if kind is Unauthorized:
        if lacking := vendor.lacking(words, response.request.url.path):
            told = f"{message}. The token lacks {lacking}"
            return Forbidden(told, status=status, words=words)
        message += _check_credential(vendor)
    elif response.is_redirect:
        message += f" redirects to {_address(response)}: configure that instead"
    return kind(message, status=status, words=words)


def _is_of_others(
    vendor: Vendor, kind: type[ApiError], response: httpx.Response
) -> bool:
    """Return whether a refusal is a proxy's or a firewall's, and says nothing for good.

    The APIs refuse in JSON. What blocks a request on its way shows a page, as the
    CloudFront in front of Jira Cloud does: https://github.com/n8n-io/n8n/issues/14153
    """
    body = _body(response)
    if kind is Forbidden:
        return body is None and "html" in response.headers.get("content-type", "")
    return kind in (NotFound, Gone) and not vendor.is_own_error(body)


def unauthenticated(vendor: Vendor, request: str) -> Unauthorized:
    """Return the error of a reply to an anonymous request, whatever its status."""
    message = f"{request}: {vendor.product} treated the request as anonymous"
    return Unauthorized(message + _check_credential(vendor))


def vendor_message(response: httpx.Response) -> str:
    """Return the vendor's own words from an error body, or "" for HTML and the like."""
    body = _body(response)
    if not isinstance(body, dict):
        return ""
    words: list[str] = []
    for key in ("errorMessages", "ErrorMessage", "message", "Errors", "errors"):
        value = body.get(key)
        if isinstance(value, dict):
            value = [f"{name}: {text}" for name, text in value.items()]
        words += value if isinstance(value, list) else [value] if value else []
    return " ".join(dict.fromkeys(str(word) for word in words))[:MAX_MESSAGE_LENGTH]


def no_reply(
    vendor: Vendor, error: httpx.HTTPError, request: str, where: httpx.URL
) -> Unavailable:
    """Return the error of a request that nobody has answered."""
    reason = f"{request}: {type(error).__name__} {error}".strip()
    if isinstance(error, NO_CONNECTION):
        return Unreachable(f"{reason} ({where}){check_address(vendor)}")
    return Unavailable(reason)


def check_address(vendor: Vendor) -> str:
    """Return what to do if somebody else answers, or nobody."""
    return f". Check {vendor.address_setting}" if vendor.address_setting else ""


def _check_credential(vendor: Vendor) -> str:
    return (
        ". The credential is wrong, expired or revoked:"
        f" check {vendor.credential_settings}"
    )


def _accept_anything(body: Any) -> None:
    return None


def _loads(content: bytes) -> Any:
    """Parse JSON; halves of characters, which nothing can encode, become U+FFFD."""
    body = json.loads(content)
    return _whole(body) if _SURROGATE.search(content) else body


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(part) for part in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return value


def _body(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _short(body: Any) -> str:
    return "null" if body is None else type(body).__name__


def _address(redirect: httpx.Response) -> str:
    """Say where a redirect leads, without what is nobody's business."""
    if redirect.next_request is None:
        return "elsewhere"
    url = redirect.next_request.url
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"
