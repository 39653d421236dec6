"""Ways to production that tell a story or are hard to tell right, each there once.

Each hard case has an issue that nothing else carries, `issue of …` among the company's
cases, and names the deployments that it is about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sandbox.company.base import Draft, Item, parse_time
from sandbox.company.octopus.links import work_item
from sandbox.company.octopus.projects import (
    CLUSTER,
    LEDGER,
    PORTAL,
    STOREFRONT,
    WEB_SHOP,
)
from sandbox.company.octopus.spaces import EPHEMERAL, PATH
from sandbox.company.octopus.story import (
    BAD_VERSION,
    BEFORE_HOTFIX,
    EXAMPLE_VERSION,
    GOOD_VERSION,
    Plan,
)

DEVELOPMENT, STAGING, PRODUCTION = PATH
SECOND_STAGING = "Acceptance"

# A release by its project, and by its version or its place among the project's.
type Which = tuple[str, str | int]

EXAMPLE: Which = (WEB_SHOP, EXAMPLE_VERSION)
MENDED: Which = (WEB_SHOP, BEFORE_HOTFIX)
GOOD: Which = (WEB_SHOP, GOOD_VERSION)
BAD: Which = (WEB_SHOP, BAD_VERSION)
FIRST_OF_CLUSTER: Which = (CLUSTER, 0)
GUIDED: Which = (WEB_SHOP, "2.3.0")
TWICE: Which = (WEB_SHOP, "2.3.1")
IN_TWO: Which = (WEB_SHOP, "2.3.2")
LAST_OF_LEDGER: Which = (LEDGER, -1)
LAST_OF_PORTAL: Which = (PORTAL, -1)
LAST_OF_STOREFRONT: Which = (STOREFRONT, -1)

CARRIED: dict[str, tuple[Which, ...]] = {
    "old": (FIRST_OF_CLUSTER,),
    "guided failure": (GUIDED,),
    "same again": (TWICE,),
    "two environments": (IN_TWO,),
    "one project behind": (IN_TWO, LAST_OF_LEDGER),
    "hotfix": (GOOD,),
    "rollback": (BAD,),
    "never deployed": (LAST_OF_STOREFRONT,),
    "not succeeded": (LAST_OF_LEDGER,),
    "tenants": (LAST_OF_PORTAL,),
}
# What a build called by the key that the issue had before it moved.
MOVED = IN_TWO


@dataclass(frozen=True)
class Step:
    """A deployment, so many hours after the release; the tenant by its position.

    It is of the release that the way is of, unless `of` names another one.
    """

    hours: float
    environment: str
    case: str = ""
    state: str = "Success"
    tenant: int | None = None
    guided: bool = False
    of: Which | None = None


USUAL = (Step(1, DEVELOPMENT), Step(3, STAGING))
WAYS: dict[Which, tuple[Step, ...]] = {
    EXAMPLE: (*USUAL, Step(6, PRODUCTION, "example")),
    MENDED: (*USUAL, Step(6, PRODUCTION)),
    # In a hurry, past all other environments.
    GOOD: (Step(1 / 3, PRODUCTION, "hotfix"),),
    BAD: (
        Step(1, DEVELOPMENT),
        Step(6, STAGING),
        Step(24, PRODUCTION, "rolled back"),
        Step(25, PRODUCTION, "rollback", of=GOOD),
    ),
    FIRST_OF_CLUSTER: (*USUAL, Step(6, PRODUCTION, "old")),
    GUIDED: (*USUAL, Step(6, PRODUCTION, "guided failure", guided=True)),
    TWICE: (
        *USUAL,
        Step(2, EPHEMERAL, "ephemeral"),
        Step(6, PRODUCTION, "first time"),
        Step(54, PRODUCTION, "same again"),
    ),
    IN_TWO: (
        *USUAL,
        Step(5, SECOND_STAGING, "second environment"),
        Step(24, PRODUCTION, "project ahead"),
    ),
    LAST_OF_LEDGER: (
        *USUAL,
        Step(6, PRODUCTION, "cancelled", "Canceled"),
        Step(7, PRODUCTION, "timed out", "TimedOut"),
    ),
    LAST_OF_PORTAL: (
        Step(1, DEVELOPMENT),
        Step(3, STAGING, tenant=0),
        Step(4, STAGING, tenant=1),
        Step(6, PRODUCTION, "first tenant", tenant=0),
        Step(30, PRODUCTION, "last tenant", tenant=1),
    ),
    LAST_OF_STOREFRONT: (),
}


def carry_cases(draft: Draft, aside: list[Item]) -> None:
    """Let releases carry issues that nothing else does; the oldest was done first."""
    releases = [*draft.octopus("releases").values()]
    for case, which in CARRIED.items():
        carriers = [r for one in which for r in _found(draft, one, releases)]
        if carriers and aside:
            issue = aside.pop(0)
            draft.company.cases[f"issue of {case}"] = issue["key"]
            for release in carriers:
                _add_work_item(release, work_item(issue))
    former, id_ = next(iter(draft.company.moved_issues.items()))
    for release in _found(draft, MOVED, releases):
        issue = draft.jira("issue")[id_]
        _add_work_item(release, work_item({**issue, "key": former}))


def _add_work_item(release: Item, work: Item) -> None:
    release["BuildInformation"][0]["WorkItems"].append(work)


def told_ways(draft: Draft, releases: list[Item]) -> dict[str, list[Plan]]:
    """Return what is deployed of the releases that have a way, by their ids."""
    return {
        release["Id"]: [_plan(draft, release, step, releases) for step in steps]
        for which, steps in WAYS.items()
        for release in _found(draft, which, releases)
    }


def _plan(draft: Draft, release: Item, step: Step, releases: list[Item]) -> Plan:
    tenants = [*draft.octopus("tenants")]
    return Plan(
        parse_time(release["Assembled"]) + timedelta(hours=step.hours),
        next(_found(draft, step.of, releases)) if step.of else release,
        step.environment,
        step.state,
        tenants[step.tenant] if step.tenant is not None else None,
        guided=step.guided,
        case=step.case,
    )


def _found(draft: Draft, which: Which, releases: list[Item]) -> Iterator[Item]:
    name, one = which
    projects = draft.octopus("projects")
    own = [r for r in releases if projects[r["ProjectId"]]["Name"] == name]
    if isinstance(one, int):
        yield from own[one:][:1]
    else:
        yield from (release for release in own if release["Version"] == one)
