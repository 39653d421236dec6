"""Deployments that tell a story: the example, a hotfix, a rollback, an approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item, parse_time
from sandbox.company.octopus.projects import WEB_SHOP
from sandbox.company.octopus.spaces import PATH

EXAMPLE_VERSION = "2.4.1"
# The release after which something had to be mended in a hurry.
BEFORE_HOTFIX = "2.5.0"
# What mended a release and was brought back after a bad one, and the bad one.
GOOD_VERSION, BAD_VERSION = f"{BEFORE_HOTFIX}-hotfix.1", "2.5.1"
STORY = (EXAMPLE_VERSION, BEFORE_HOTFIX, GOOD_VERSION, BAD_VERSION)


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


def has_story(release: Item) -> bool:
    """Tell whether a release of the web shop is deployed by the story alone."""
    return release["Version"] in STORY


def web_shop_story(draft: Draft, releases: list[Item]) -> list[Plan]:
    """Return the example, the hotfix past all environments, and the rollback."""
    shop = next(
        p["Id"] for p in draft.octopus("projects").values() if p["Name"] == WEB_SHOP
    )
    mine = {r["Version"]: r for r in releases if r["ProjectId"] == shop}
    plans = [
        Plan(
            parse_time(mine[version]["Assembled"]) + timedelta(hours=hours),
            mine[version],
            environment,
            case=case if environment == "Production" else "",
        )
        for version, case in ((EXAMPLE_VERSION, "example"), (BEFORE_HOTFIX, ""))
        for hours, environment in zip((1, 3, 6), PATH, strict=True)
    ]
    good, bad = mine[GOOD_VERSION], mine[BAD_VERSION]
    urgent = parse_time(good["Assembled"]) + timedelta(minutes=20)
    plans.append(Plan(urgent, good, "Production", case="hotfix"))
    start = parse_time(bad["Assembled"])
    for hours, environment in zip((1, 6, 24), PATH, strict=True):
        case = "rolled back" if environment == "Production" else ""
        plans.append(Plan(start + timedelta(hours=hours), bad, environment, case=case))
    back = start + timedelta(hours=25)
    return [*plans, Plan(back, good, "Production", case="rollback")]


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
