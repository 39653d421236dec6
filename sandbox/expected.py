"""Which of the company's items the catalog must hold after a resync.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.expected_history import backlogs, changes, links, worklogs

# The default mapping brings what is not done and what changed in the last 26 weeks.
ISSUE_AGE = timedelta(weeks=26)
# Histories of Octopus are read so far back.
LOOK_BACK = timedelta(days=90)


def expected(company: Company) -> dict[str, dict[str, Item]]:
    """Return blueprint -> identifier -> the vendor's item."""
    return {
        blueprint: {identifier(item): item for item in items(company)}
        for blueprint, (items, identifier) in _SOURCES.items()
    }


def _projects(company: Company) -> Iterator[Item]:
    for project in company.jira["project"].values():
        hidden = project["id"] in company.hidden_projects or project.get("archived")
        if not hidden:
            yield project


def _in_projects(collection: str) -> Callable[[Company], Iterator[Item]]:
    def items(company: Company) -> Iterator[Item]:
        visible = {project["id"] for project in _projects(company)}
        for item in company.jira[collection].values():
            if str(item["projectId"]) in visible:
                yield item

    return items


def _issues(company: Company) -> Iterator[Item]:
    visible = {project["id"] for project in _projects(company)}
    for issue in company.jira["issue"].values():
        if issue["fields"]["project"]["id"] in visible:
            yield issue


def _readable_issues(company: Company) -> Iterator[Item]:
    """Yield also what is archived, which searches leave out, but no feed does."""
    for issue in company.jira["issue"].values():
        if issue["fields"]["project"]["id"] not in company.hidden_projects:
            yield issue


def _recent_issues(company: Company) -> Iterator[Item]:
    for issue in _issues(company):
        fields = issue["fields"]
        recent = parse_time(fields["updated"]) >= company.now - ISSUE_AGE
        if recent or fields["status"]["statusCategory"]["key"] != "done":
            yield issue


def _epics(company: Company) -> Iterator[Item]:
    for issue in _issues(company):
        if issue["fields"]["issuetype"]["hierarchyLevel"] == 1:
            yield issue


def _is_request(issue: Item) -> bool:
    type_: str = issue["fields"]["project"]["projectTypeKey"]
    return type_ == "service_desk"


def _sprints(company: Company) -> Iterator[Item]:
    shown = {sprint for ids in company.board_sprints.values() for sprint in ids}
    for id_, sprint in company.jira["sprint"].items():
        if id_ in shown:
            yield sprint


def _recent(collection: str, date: str) -> Callable[[Company], Iterator[Item]]:
    def items(company: Company) -> Iterator[Item]:
        for item in company.octopus[collection].values():
            if parse_time(item[date]) >= company.now - LOOK_BACK:
                yield item

    return items


def _place(deployment: Item) -> str:
    ids = (deployment["ProjectId"], deployment["EnvironmentId"])
    return "/".join((*ids, deployment["TenantId"] or "untenanted"))


def _releases(company: Company) -> Iterator[Item]:
    """Yield what is recent, what runs somewhere, and what was deployed there last."""
    tasks, settled, used = company.octopus["tasks"], dict[str, bool](), set()
    for deployment in sorted(
        company.octopus["deployments"].values(),
        key=lambda d: parse_time(d["Created"]),
        reverse=True,
    ):
        place, task = _place(deployment), tasks.get(deployment["TaskId"] or "", {})
        good = task.get("State") == "Success"
        if place not in settled or (good and not settled[place]):
            used.add(deployment["ReleaseId"])
            settled[place] = good
    recent = {r["Id"] for r in _recent("releases", "Assembled")(company)}
    for release in company.octopus["releases"].values():
        if release["Id"] in recent | used:
            yield release


def _runbooks(company: Company) -> Iterator[Item]:
    for runbook in company.octopus["runbooks"].values():
        yield {**runbook, "__identifier": runbook["Id"]}
    for runbook in company.octopus["gitrunbooks"].values():
        yield {**runbook, "__identifier": f"{runbook['ProjectId']}/{runbook['Slug']}"}


def _all(product: str, collection: str) -> Callable[[Company], Iterator[Item]]:
    return lambda company: iter(getattr(company, product)[collection].values())


def _only(
    items: Callable[[Company], Iterator[Item]], test: Callable[[Item], bool]
) -> Callable[[Company], Iterator[Item]]:
    return lambda company: (item for item in items(company) if test(item))


_SOURCES: dict[
    str, tuple[Callable[[Company], Iterator[Item]], Callable[[Item], str]]
] = {
    "jiraUser": (
        _only(_all("jira", "user"), lambda user: user["accountId"] != "unknown"),
        lambda user: user["accountId"],
    ),
    "jiraTeam": (
        _only(_all("jira", "team"), lambda team: team["state"] != "ARCHIVED"),
        lambda team: team["teamId"],
    ),
    "jiraProject": (_projects, lambda project: project["id"]),
    "jiraVersion": (_in_projects("version"), lambda version: version["id"]),
    "jiraComponent": (_in_projects("component"), lambda component: component["id"]),
    "jiraBoard": (_all("jira", "board"), lambda board: str(board["id"])),
    "jiraSprint": (_sprints, lambda sprint: str(sprint["id"])),
    "jiraEpic": (_epics, lambda issue: issue["key"]),
    "jiraGroup": (_all("jira", "group"), lambda group: group["groupId"]),
    "jiraFilter": (_all("jira", "filter"), lambda filter_: filter_["id"]),
    "jiraIssueLink": (lambda c: links(_recent_issues(c)), lambda link: link["id"]),
    "jiraStatusChange": (
        lambda company: changes(company, _recent_issues(company)),
        lambda change: change["id"],
    ),
    "jiraWorklog": (
        lambda company: worklogs(company, _readable_issues(company)),
        lambda worklog: worklog["id"],
    ),
    "jiraBacklogItem": (
        lambda company: backlogs(company, _issues(company)),
        lambda issue: f"{issue['board']}-{issue['id']}",
    ),
    "jiraRequest": (_only(_recent_issues, _is_request), lambda issue: issue["key"]),
    "jiraIssue": (_recent_issues, lambda issue: issue["key"]),
    **{
        blueprint: (_all("octopus", collection), lambda item: item["Id"])
        for blueprint, collection in (
            ("octopusSpace", "spaces"),
            ("octopusProjectGroup", "projectgroups"),
            ("octopusProject", "projects"),
            ("octopusChannel", "channels"),
            ("octopusLifecycle", "lifecycles"),
            ("octopusEnvironment", "environments"),
            ("octopusTenant", "tenants"),
            ("octopusMachine", "machines"),
            ("octopusWorkerPool", "workerpools"),
            ("octopusWorker", "workers"),
            ("octopusDeploymentFreeze", "deploymentfreezes"),
            ("octopusTeam", "teams"),
            ("octopusUser", "users"),
            ("octopusAccount", "accounts"),
            ("octopusCertificate", "certificates"),
            ("octopusLibraryVariableSet", "libraryvariablesets"),
            ("octopusFeed", "feeds"),
        )
    },
    "octopusRelease": (_releases, lambda item: item["Id"]),
    "octopusDeployment": (_recent("deployments", "Created"), lambda item: item["Id"]),
    "octopusRunbookRun": (_recent("runbookRuns", "Created"), lambda item: item["Id"]),
    "octopusTask": (_recent("tasks", "QueueTime"), lambda item: item["Id"]),
    "octopusInterruption": (
        _only(_all("octopus", "interruptions"), lambda item: item["IsPending"]),
        lambda item: item["Id"],
    ),
    "octopusApproval": (
        _only(
            _all("octopus", "servertaskapprovals"),
            lambda item: bool(item["ChangeRequest"]["Active"]),
        ),
        lambda item: item["Id"],
    ),
    "octopusPolicy": (_all("octopus", "policies"), lambda item: item["Slug"]),
    "octopusProcessTemplate": (
        _all("octopus", "processtemplates"),
        lambda item: item["Slug"],
    ),
    "octopusCurrentRelease": (_all("octopus", "deployments"), _place),
    "octopusRunbook": (_runbooks, lambda runbook: runbook["__identifier"]),
}
