"""Whatever an item of the company refers to exists, in the right place."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.company import Company, build_company
from sandbox.company.jira.catalog import SPRINT

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

# Collection, path to ids (`*` stands for every element or value), target collection.
JIRA_REFERENCES = (
    ("project", "lead.accountId", "user"),
    ("version", "projectId", "project"),
    ("component", "projectId", "project"),
    ("issue", "fields.project.id", "project"),
    ("issue", "fields.assignee.accountId", "user"),
    ("issue", "fields.reporter.accountId", "user"),
    ("issue", "fields.parent.id", "issue"),
    ("issue", "fields.subtasks.*.id", "issue"),
    ("issue", "fields.components.*.id", "component"),
    ("issue", "fields.fixVersions.*.id", "version"),
    ("issue", "fields.issuelinks.*.id", "issuelink"),
    ("issue", f"fields.{SPRINT}.*.id", "sprint"),
    ("issuelink", "inwardIssue.id", "issue"),
    ("issuelink", "outwardIssue.id", "issue"),
    ("worklog", "issueId", "issue"),
    ("comment", "issueId", "issue"),
    ("changelog", "issueId", "issue"),
    ("board", "location.projectId", "project"),
    ("sprint", "originBoardId", "board"),
    ("team", "creatorId", "user"),
)
OCTOPUS_REFERENCES = (
    ("projects", "ProjectGroupId", "projectgroups"),
    ("projects", "LifecycleId", "lifecycles"),
    ("channels", "ProjectId", "projects"),
    ("releases", "ProjectId", "projects"),
    ("releases", "ChannelId", "channels"),
    ("deployments", "ReleaseId", "releases"),
    ("deployments", "EnvironmentId", "environments"),
    ("deployments", "TenantId", "tenants"),
    ("deployments", "TaskId", "tasks"),
    ("deployments", "DeployedById", "users"),
    ("deployments", "DeployedToMachineIds.*", "machines"),
    ("tasks", "Arguments.DeploymentId", "deployments"),
    ("tasks", "Arguments.RunbookRunId", "runbookRuns"),
    ("runbooks", "ProjectId", "projects"),
    ("gitrunbooks", "ProjectId", "projects"),
    ("runbookRuns", "RunbookId", "runbooks"),
    ("runbookRuns", "TaskId", "tasks"),
    ("machines", "EnvironmentIds.*", "environments"),
    ("machines", "MachinePolicyId", "machinepolicies"),
    ("workers", "WorkerPoolIds.*", "workerpools"),
    ("interruptions", "TaskId", "tasks"),
    ("lifecycles", "Phases.*.OptionalDeploymentTargets.*", "environments"),
    ("teams", "MemberUserIds.*", "users"),
    ("accounts", "EnvironmentIds.*", "environments"),
)


@pytest.fixture(scope="module")
def company() -> Company:
    return build_company(now=NOW)


def values_at(item: Any, path: str) -> Iterator[str]:
    """Yield the ids at a path, as text; what is null or absent refers to nothing."""
    name, _, rest = path.partition(".")
    if item is None or (isinstance(item, dict) and name != "*" and name not in item):
        return
    for value in item if name == "*" else [item[name]]:
        if rest:
            yield from values_at(value, rest)
        elif value is not None:
            yield str(value)


@pytest.mark.parametrize("reference", JIRA_REFERENCES, ids=lambda r: f"{r[0]} {r[1]}")
def test_jira_items_refer_to_what_exists(
    company: Company, reference: tuple[str, str, str]
) -> None:
    collection, path, target = reference
    items = company.jira[collection].values()
    ids = {id_ for item in items for id_ in values_at(item, path)}
    assert ids, "nothing refers, so nothing was checked"
    assert ids <= company.jira[target].keys()


@pytest.mark.parametrize(
    "reference", OCTOPUS_REFERENCES, ids=lambda r: f"{r[0]} {r[1]}"
)
def test_octopus_items_refer_to_what_exists(
    company: Company, reference: tuple[str, str, str]
) -> None:
    collection, path, target = reference
    items = company.octopus[collection].values()
    ids = {id_ for item in items for id_ in values_at(item, path)}
    assert ids, "nothing refers, so nothing was checked"
    assert ids - company.octopus[target].keys() <= {company.cases["purged task"]}


def test_octopus_items_refer_within_their_space(company: Company) -> None:
    octopus = company.octopus
    for deployment in octopus["deployments"].values():
        release = octopus["releases"][deployment["ReleaseId"]]
        environment = octopus["environments"][deployment["EnvironmentId"]]
        spaces = {item["SpaceId"] for item in (deployment, release, environment)}
        assert len(spaces) == 1
        assert release["ProjectId"] == deployment["ProjectId"]


def test_both_ends_of_a_link_show_it(company: Company) -> None:
    issues = company.jira["issue"]
    for id_, link in company.jira["issuelink"].items():
        ends = (("inwardIssue", "outwardIssue"), ("outwardIssue", "inwardIssue"))
        for mine, other in ends:
            shown = issues[link[mine]["id"]]["fields"]["issuelinks"]
            own = next(entry for entry in shown if entry["id"] == id_)
            assert own[other]["key"] == link[other]["key"]
