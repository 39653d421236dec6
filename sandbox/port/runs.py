"""Runs of actions and of workflows' nodes: asked for, claimed, acknowledged, ended."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sandbox.port.model import Item, Rejected, now

IN_PROGRESS, COMPLETED = "IN_PROGRESS", "COMPLETED"
# What may be changed of an action's run, and how it may end:
# https://docs.port.io/api-reference/update-an-action-run/
CHANGEABLE = frozenset({"status", "statusLabel", "link", "summary", "externalRunId"})
ENDS = ("SUCCESS", "FAILURE")
PROVIDER = "jira-octopus"


@dataclass
class Kept:
    """One run, as Port shows it, and what Port alone knows of it."""

    shown: Item
    installation: str
    is_node: bool
    acknowledged: int = 0
    hidden_until: float = 0.0
    logs: list[str] = field(default_factory=list)
    log_times: list[str] = field(default_factory=list)
    # Each status or result that was reported; a run has to have one.
    endings: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a line to the log."""
        self.logs.append(text)
        self.log_times.append(datetime.now(UTC).isoformat(timespec="microseconds"))

    @property
    def is_open(self) -> bool:
        """Return whether the run is not at its end."""
        return bool(self.shown["status"] == IN_PROGRESS)

    @property
    def is_pending(self) -> bool:
        """Return whether nobody has acknowledged the run yet."""
        return self.is_open and not self.acknowledged


class ActionRuns:
    """The runs that people have asked for; `known` has them by their ids."""

    def __init__(self) -> None:
        self.known: dict[str, Kept] = {}
        # If not, runs are claimed again at once, as if nobody had been in time.
        self.hides_claimed = True
        # The most that a page of a list has.
        self.largest_page = 1000

    def ask(
        self,
        action: str,
        properties: Item,
        *,
        installation: str = "sandbox",
        is_node: bool = False,
    ) -> Kept:
        """Ask for an action, as a person or a workflow does."""
        id_ = f"{'wnr' if is_node else 'r'}_{uuid4().hex[:16]}"
        config: Item = {
            "type": "INTEGRATION_ACTION",
            "installationId": installation,
            "integrationActionExecutionProperties": properties,
        }
        if is_node:
            config["integrationProvider"] = PROVIDER
            config["integrationInvocationType"] = action
            own = {"identifier": id_, "nodeUid": action, "output": {}, "config": config}
        else:
            payload = {**config, "integrationActionType": action}
            own = {"id": id_, "action": {"identifier": action}, "payload": payload}
        return self._keep(id_, own, installation, is_node=is_node)

    def _keep(
        self, id_: str, own: Item, installation: str = "", *, is_node: bool = False
    ) -> Kept:
        shown = {"status": IN_PROGRESS, "createdAt": now(), **own}
        self.known[id_] = Kept(shown, installation, is_node)
        return self.known[id_]

    def post(
        self, action: str, inputs: Item, installation: str = "sandbox"
    ) -> tuple[Kept, Item]:
        """Ask for an action that Port posts; return the run, and the body to post."""
        id_ = f"r_{uuid4().hex[:16]}"
        body = {"runId": id_, "action": action, "inputs": inputs}
        url = "https://integration.example/integration/webhook/port"
        payload = {"type": "WEBHOOK", "method": "POST", "url": url, "body": body}
        known_as = {"identifier": f"{installation}-{action}"}
        own = {"id": id_, "action": known_as, "payload": payload}
        return self._keep(id_, own), body

    def claim(
        self, installation: str, limit: int, seconds: float, *, nodes: bool
    ) -> list[Item]:
        """Return pending runs, and hide them from other claims for a while."""
        present = time.monotonic()
        found = [
            run
            for run in self.known.values()
            if run.is_pending
            and run.is_node == nodes
            and run.installation == installation
            and run.hidden_until <= present
        ][:limit]
        for run in found:
            run.hidden_until = present + (seconds if self.hides_claimed else 0)
        return [run.shown for run in found]

    def acknowledge(self, id_: str) -> Item:
        """Give a run to who asks first."""
        run = self.get(id_)
        if not run.is_pending:
            raise Rejected(409, "conflict", f"run {id_!r} is acknowledged already")
        run.acknowledged += 1
        return run.shown

    def get(self, id_: str) -> Kept:
        """Return a run."""
        if id_ not in self.known:
            raise Rejected(404, "not_found", f"no run {id_!r}")
        return self.known[id_]

    def change(self, id_: str, sent: Item) -> Item:
        """Change a run; keep what it was ended with."""
        run = self.get(id_)
        if not run.is_node and (odd := _odd_in(sent)):
            raise Rejected(422, "invalid_request", f"the body must not have {odd}")
        if (status := sent.get("status", IN_PROGRESS)) != IN_PROGRESS:
            run.endings.append(str(sent.get("result", status)))
        run.shown |= {**sent, "updatedAt": now()}
        return run.shown

    def listed(
        self,
        external_id: str | None,
        action: str | None = None,
        *,
        nodes: bool = False,
        active: bool = False,
    ) -> list[Item]:
        """Return the runs with what is given of them, the newest first."""
        return [
            run.shown
            for run in reversed(self.known.values())
            if external_id in (None, run.shown.get("externalRunId"))
            and (action is None or run.shown["action"]["identifier"] == action)
            and run.is_node == nodes
            and (run.is_open or not active)
        ]


def _odd_in(sent: Item) -> list[str]:
    odd = sorted(sent.keys() - CHANGEABLE)
    return odd + (["status"] if sent.get("status", ENDS[0]) not in ENDS else [])
