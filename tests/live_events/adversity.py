"""What a campaign has to bear: a storm that the vendors also log, and faults of all."""

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sandbox.company import Item
from sandbox.company.base import jira_time
from sandbox.fault_rules import Rule
from sandbox.servers import Stands
from tests.live_events.storm import Post, Storm

PAGE = "<html>a proxy's page</html>"
# What each vendor answers now and then, by how the report names it.
VENDOR_FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "headers": {"Retry-After": "1"}},
    "500": {"status": 500},
    "503 page": {"status": 503, "body": PAGE},
    "401": {"status": 401},
    "403 page": {"status": 403, "body": PAGE},
    "404 page": {"status": 404, "body": PAGE},
    "200 page": {"status": 200, "body": PAGE},
    "half a reply": {"truncate": True},
    "drop": {"drop": True},
    "slow": {"delay_seconds": 1.5},
}
# Port has said no for good if it refuses an entity twice, so this happens once.
ONCE = {"times": 1, "method": "POST", "path": "/entities/bulk"}
PORT_FAULTS: dict[str, dict[str, Any]] = {
    "400": {"status": 400, **ONCE},
    "422": {"status": 422, **ONCE},
    "200 page": {"status": 200, "body": PAGE, **ONCE},
    "500": {"status": 500, "path": "/entities"},
    "503 page": {"status": 503, "body": PAGE, "path": "/entities"},
    "drop": {"drop": True, "path": "/entities"},
}
# How often a fault happens in a row; None is an outage until the next fault.
TIMES = (1, 1, 3, 10, None)
# Until the next fault. A refused batch is sent again meanwhile: refusals don't add up.
SECONDS = (3.0, 8.0)


class LoggedStorm(Storm):
    """A storm that leaves what the vendors keep of it: dates, and the audit log."""

    _is_genuine = True

    def _any_of(self, stand: Any, collection: str) -> Item:
        item = super()._any_of(stand, collection)
        if collection == "issue" and self._is_genuine:
            updated = jira_time(datetime.now(UTC))
            item["fields"] = {**item["fields"], "updated": updated}
        return item

    def _of_octopus(self, category: str, space: str, *ids: Any) -> Post:
        post = super()._of_octopus(category, space, *ids)
        event = json.loads(post.body)["Payload"]["Event"]
        event |= {"Message": "", "Occurred": datetime.now(UTC).isoformat()}
        if self._is_genuine:
            self._stands.octopus.put("events", event["Id"], event)
        return post

    def _forged(self) -> Post:
        self._is_genuine = False
        try:
            return super()._forged()
        finally:
            self._is_genuine = True


class Faults:
    """Lets each vendor and Port fail, one fault after the other."""

    def __init__(self, stands: Stands, *, seed: int = 7) -> None:
        self._random, self.happened = random.Random(seed), Counter[str]()
        self._stands: dict[str, list[Rule]] = {
            "Jira": stands.jira.faults.rules,
            "Octopus": stands.octopus.faults.rules,
            "Port": stands.port.state.faults.rules,
        }

    async def happen(self) -> None:
        """Let faults happen until this is cancelled; then all is well again."""
        await asyncio.gather(*(self._fail(name) for name in self._stands))

    async def _fail(self, stand: str) -> None:
        rules = self._stands[stand]
        faults = PORT_FAULTS if stand == "Port" else VENDOR_FAULTS
        try:
            while True:
                name = self._random.choice([*faults])
                times = self._random.choice(TIMES)
                rules.append(Rule(**{"times": times, **faults[name]}))
                self.happened[f"{stand} {name}"] += 1
                await asyncio.sleep(self._random.uniform(*SECONDS))
                rules.clear()
        finally:
            rules.clear()
