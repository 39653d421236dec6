"""What can go wrong with a request, as a test or a person orders it."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Rule:
    """Describe one fault.

    Without `status` the request is served, but late (`delay_seconds`, or not before
    `held_until`), as if it had no query parameter of the name `ignore`, with `headers`
    added, or with half of its body (`truncate`).
    """

    method: str = "*"
    # A regular expression that occurs in the path with its query.
    path: str = ""
    # How often it happens, for ever if None, and how many requests are spared first.
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    # Anything but a string is sent as JSON.
    body: Any = None
    delay_seconds: float = 0.0
    held_until: asyncio.Event | None = None
    drop: bool = False
    # Served, but the connection is dropped in the place of the reply.
    lose: bool = False
    ignore: str = ""
    truncate: bool = False

    def fits(self, method: str, target: str) -> bool:
        """Tell whether the rule concerns a request."""
        return self.method in ("*", method) and bool(re.search(self.path, target))
