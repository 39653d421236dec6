"""Versions that tell a story, what is planned of them, and what has not ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item

EXAMPLE_VERSION = "2.4.1"
# The release after which something had to be mended in a hurry.
BEFORE_HOTFIX = "2.5.0"
# What mended a release and was brought back after a bad one, and the bad one.
GOOD_VERSION, BAD_VERSION = f"{BEFORE_HOTFIX}-hotfix.1", "2.5.1"


@dataclass(frozen=True)
class Plan:
    """Tell what is deployed where at which time and how it ends."""

    at: datetime
    release: Item
    environment: str
    state: str = "Success"
    tenant_id: str | None = None
    pending: bool = False
    guided: bool = False
    case: str = ""


def still_open(draft: Draft, releases: list[Item]) -> list[Plan]:
    """Return deployments that have not ended: running, waiting, awaiting approval."""
    latest = {r["ProjectId"]: r for r in releases}
    young = sorted(latest.values(), key=lambda r: str(r["Assembled"]))[-4:]
    recently = draft.now - timedelta(minutes=10)
    old = next(r for r in reversed(releases) if r["ProjectId"] == young[0]["ProjectId"])
    return [
        Plan(recently, young[-1], "Development", "Executing"),
        Plan(recently, young[-2], "Development", "Queued"),
        Plan(
            recently, young[-3], "Production", "Queued", pending=True, case="approval"
        ),
        Plan(draft.ago(0.2), young[-4], "Development", "Cancelling"),
        Plan(draft.ago(0.5), old, "Development", "TimedOut"),
    ]
