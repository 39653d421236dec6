"""Parse the body of a webhook, after a look at what parsing it would cost (pure)."""

import json
from itertools import accumulate

from core.types import Item

# Vendors nest a dozen levels. What the framework does level by level costs several of
# Python's thousand frames for each.
MAX_DEPTH = 100

_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())


def parse_object(body: bytes) -> Item:
    """Return the JSON object in a body; raise ValueError for anything else.

    A body that is nested too deeply is refused before it is parsed.
    """
    if depth_of(body) > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


def depth_of(body: bytes) -> int:
    """Return how deeply a JSON text is nested, or a bound of it that is low enough.

    Brackets in strings don't count. What is no JSON gets any number.
    """
    brackets = body.count(b"[") + body.count(b"{")
    if brackets <= MAX_DEPTH:
        return brackets
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = b"".join(unescaped.split(b'"')[::2]).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, outside)), default=0)
