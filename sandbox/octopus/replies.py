"""The shapes of Octopus' replies: envelopes, arrays and errors."""

import json
import re
from math import ceil
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import Item
from sandbox.serving import Refusal

WRONG = "There was a problem with your request."
HEADER_VALUE = "WebhookHeaderValue"


class Problem(Refusal):
    """An answer other than success, with Octopus' error body."""

    def __init__(self, status: int, message: str, *errors: str) -> None:
        body: Item = {
            "ErrorMessage": message,
            "Errors": list(errors),
            "FullException": None,
            "HelpText": None,
            "HelpLink": None,
            "ParsedHelpLinks": [],
            "Details": {},
        }
        super().__init__(status, body)


def not_found(what: str) -> Problem:
    """Return the answer for what is missing or hidden."""
    return Problem(404, f"The resource '{what}' was not found.")


def missing_permission(permission: str) -> Problem:
    """Return the answer for what the credential may not do."""
    return Problem(
        403,
        "You do not have permission to perform this action. Please contact your"
        f" Octopus administrator. Missing permission: {permission}",
    )


def reply(body: Any, virtual_directory: str, status: int = 200) -> Response:
    """Return JSON in which links begin with the virtual directory."""
    text = json.dumps(body, ensure_ascii=False)
    if virtual_directory:
        text = re.sub(r'"/(api[/"]|app#)', rf'"{virtual_directory}/\1', text)
    return Response(text.encode(), status, media_type="application/json")


def number(request: Request, name: str, default: int) -> int:
    """Return a number of the query; anything else is an error."""
    text = request.query_params.get(name, str(default))
    try:
        return max(int(text), 0)
    except ValueError:
        raise Problem(400, f"The value '{text}' is not valid for {name}.") from None


def page(
    request: Request, item_type: str, rows: list[Item], path: str, default: int
) -> Item:
    """Return one page of rows in the usual envelope."""
    skip, take = number(request, "skip", 0), number(request, "take", default) or default
    total = len(rows)
    pages = max(ceil(total / take), 1)
    others = {
        name: value
        for name, value in request.query_params.items()
        if name not in ("skip", "take")
    }

    def link(start: int, size: int = take) -> str:
        return f"{path}?{urlencode({**others, 'skip': start, 'take': size})}"

    links = {
        "Self": link(skip),
        "Template": path + "{?skip,take,ids,partialName}",
        "Page.All": link(0, 2_147_483_647),
        "Page.Current": link(skip),
        "Page.Last": link((pages - 1) * take),
    }
    if skip + take < total:
        links["Page.Next"] = link(skip + take)
    return {
        "ItemType": item_type,
        "TotalResults": total,
        "ItemsPerPage": take,
        "NumberOfPages": pages,
        "LastPageNumber": pages - 1,
        "Items": rows[skip : skip + take],
        "Links": links,
    }


def as_shown(item: Item) -> Item:
    """Return a subscription as readers get it: a sensitive value is never told."""
    details = item["EventNotificationSubscription"]
    if not isinstance(details[HEADER_VALUE], dict):
        return item
    hidden = {"HasValue": True, "NewValue": None, "Hint": None}
    return {**item, "EventNotificationSubscription": {**details, HEADER_VALUE: hidden}}
