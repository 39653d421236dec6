"""Posts of Port to a webhook of an action, signed as Port does.

https://docs.port.io/actions-and-automations/setup-backend/webhook/signature-verification/
"""

import base64
import hashlib
import hmac
import json
import time

from sandbox.port.model import Item


def signed(body: Item, secret: str, at: float | None = None) -> tuple[bytes, Item]:
    """Return the bytes of a post and its headers; `at` counts seconds since 1970."""
    content = json.dumps(body, separators=(",", ":")).encode()
    moment = str(int(time.time() if at is None else at))
    text = moment.encode() + b"." + content
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    headers = {
        "x-port-timestamp": moment,
        "x-port-signature": f"v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }
    return content, headers
