"""The shapes of Jira's replies: every paging style, and errors."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.serving import Refusal

# Takes the request, all rows, the page size by default and at most.
type Style = Callable[[Request, list[Item], int, int], Any]


class Problem(Refusal):
    """An answer other than success, with Jira's error body or another.

    `errors` are the messages about single fields.
    """

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        own = {"errorMessages": list(messages), "errors": dict(errors or {})}
        super().__init__(status, body or own)


def reply(
    body: Any, site_url: str, api_url: str, status: int = 200, limit: int = 350
) -> Response:
    """Return JSON in which the site is ours; API links lead to where we are asked."""
    text = json.dumps(body, ensure_ascii=False)
    text = text.replace(f"{SITE}/rest/", f"{api_url}/rest/").replace(SITE, site_url)
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(limit - 1),
    }
    return Response(text.encode(), status, headers, "application/json")


def number(request: Request, name: str, default: int) -> int:
    """Return a number of the query; anything else is an error."""
    text = request.query_params.get(name, str(default))
    try:
        return max(int(text), 0)
    except ValueError:
        raise Problem(400, f"{name} must be a number, not '{text}'.") from None


def wanted(request: Request, name: str) -> list[str]:
    """Return the values of a parameter, given repeatedly or with commas between."""
    texts = request.query_params.getlist(name)
    return [part for text in texts for part in text.split(",") if part]


def _cut(
    request: Request, rows: list[Item], default: int, cap: int
) -> tuple[int, int, list[Item]]:
    start = number(request, "startAt", 0)
    size = min(number(request, "maxResults", default), cap)
    return start, size, rows[start : start + size]


def platform_page(request: Request, rows: list[Item], default: int, cap: int) -> Item:
    """Return `values` with total and isLast; wishes beyond the cap are clamped."""
    here = SITE + request.url.path
    body = {"self": here, **agile_page(request, rows, default, cap)}
    if not body["isLast"]:
        start = body["startAt"] + len(body["values"])
        body["nextPage"] = f"{here}?startAt={start}&maxResults={body['maxResults']}"
    return body


def agile_page(request: Request, rows: list[Item], default: int, cap: int) -> Item:
    """Return `values` with isLast; sprint and board lists have a total too."""
    start, size, part = _cut(request, rows, default, cap)
    return {
        "maxResults": size,
        "startAt": start,
        "total": len(rows),
        "isLast": start + len(part) >= len(rows),
        "values": part,
    }


def named_page(request: Request, rows: list[Item], name: str, cap: int) -> Item:
    """Return a part of the rows under a name of their own, with the total."""
    page = agile_page(request, rows, 50, cap)
    page[name] = page.pop("values")
    del page["isLast"]
    return page


def array(request: Request, rows: list[Item], default: int, cap: int) -> list[Item]:
    """Return a part of the rows as a bare array; after the last it is empty.

    What has no pages is one array.
    """
    return _cut(request, rows, default, cap)[2] if cap else rows


# By the names that pages have in the contract table.
STYLES: Mapping[str, Style] = {
    "platform page": platform_page,
    "agile page": agile_page,
    "array": array,
}
