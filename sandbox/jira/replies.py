"""The shapes of Jira's replies: pages, and errors."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.contracts import ARRAY, ROWS, Endpoint, contract
from sandbox.serving import Answer, Refusal


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


def reply(answer: Answer, site_url: str, api_url: str) -> Response:
    """Return JSON in which the site is ours; API links lead to where we are asked."""
    text = json.dumps(answer.body, ensure_ascii=False)
    text = text.replace(f"{SITE}/rest/", f"{api_url}/rest/").replace(SITE, site_url)
    headers = {"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "349"}
    return Response(text.encode(), answer.status, headers, "application/json")


def number(request: Request, name: str, default: int) -> int:
    """Return a number of the query; anything else is an error."""
    text = request.query_params.get(name, str(default))
    try:
        return max(int(text), 0)
    except ValueError:
        raise Problem(400, f"{name} must be a number, not '{text}'.") from None


def wanted(request: Request, name: str) -> list[str]:
    """Return the values of a parameter, given repeatedly or with commas between."""
    return as_list(",".join(request.query_params.getlist(name)))


def as_list(value: Any) -> list[str]:
    """Return a list that may have come as text with commas."""
    parts = value.split(",") if isinstance(value, str) else value or []
    return [str(part).strip() for part in parts if str(part).strip()]


def page(
    request: Request, rows: list[Item], row: Endpoint, show: Callable[[Item], Item]
) -> Any:
    """Return the part of the rows that is asked for, as the endpoint's pages show it.

    Wishes beyond the largest page are clamped. What has no pages is one array.
    """
    start = number(request, "startAt", 0)
    size = min(number(request, "maxResults", row.take), row.most or len(rows))
    end = min(start + size, len(rows))
    part = [show(item) for item in rows[start:end]]
    if row.page == ARRAY:
        return part
    table, here = contract("jira"), SITE + request.url.path
    of_rows = next(n for n, kind in table.fields(row.page).items() if kind == [ROWS])
    body = {"self": here, "startAt": start, "maxResults": size, "total": len(rows)}
    body |= {"isLast": end == len(rows), of_rows: part}
    if end < len(rows):
        body["nextPage"] = f"{here}?startAt={end}&maxResults={size}"
    return table.keep(row.page, body)
