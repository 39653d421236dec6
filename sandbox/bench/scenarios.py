"""How large the company is, and how slow everybody answers."""

from dataclasses import dataclass

from sandbox.company import LARGE, Size

# What a request to a vendor takes, and each full issue in a reply more than that.
VENDOR_SECONDS = 0.040
ISSUE_SECONDS = 0.002
PORT_SECONDS = 0.015

# Names of rows beside the kinds: a resync of nothing, of the default mapping, and of
# the default mapping once more, without any change.
START, TOTAL, AGAIN = "start", "total", "again"
# A row may have several kinds in one mapping: jira-project+jira-issue.
TOGETHER = "+"
# The default mapping without a kind: total-octopus-issue-delivery.
WITHOUT = f"{TOTAL}-"
# What the two official integrations read unless told otherwise; deployments apart.
OFFICIAL_JIRA = "jira-project+jira-user+jira-issue"
OFFICIAL_OCTOPUS = "octopus-space+octopus-project+octopus-release+octopus-machine"
WITH_DEPLOYMENTS = f"{OFFICIAL_OCTOPUS}+octopus-deployment"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A company to measure, and what is measured unless somebody asks for more."""

    size: Size
    rows: tuple[str, ...]
    # Live events: how many at once, and how many at a steady pace.
    burst: int
    steady: int


# The kinds that most requests, or most bytes, are spent on.
HEAVY = (
    "jira-version",
    "jira-issue",
    "octopus-project",
    "octopus-release",
    "octopus-deployment",
)

SCENARIOS = {
    "small": Scenario(
        size=Size(
            jira_projects=8,
            issues=240,
            users=12,
            boards=5,
            octopus_projects=12,
            releases=150,
            deployments=300,
            machines=12,
        ),
        rows=("jira-issue+octopus-release+octopus-deployment",),
        burst=40,
        steady=30,
    ),
    "official": Scenario(
        size=Size(
            jira_projects=150,
            issues=5500,
            users=200,
            octopus_projects=400,
            releases=7000,
            deployments=24_600,
            machines=1000,
        ),
        rows=(OFFICIAL_JIRA, OFFICIAL_OCTOPUS, WITH_DEPLOYMENTS),
        burst=200,
        steady=200,
    ),
    "medium": Scenario(
        size=Size(
            jira_projects=100,
            issues=1000,
            users=300,
            boards=30,
            custom_fields=150,
            filler_bytes=(5_000, 26_000),
            spaces=5,
            octopus_projects=100,
            releases=2000,
            deployments=6000,
            tenants=20,
            machines=200,
        ),
        rows=(START, *HEAVY, TOTAL, AGAIN),
        burst=200,
        steady=200,
    ),
    "large": Scenario(
        size=LARGE, rows=(START, *HEAVY, TOTAL, AGAIN), burst=400, steady=300
    ),
}
