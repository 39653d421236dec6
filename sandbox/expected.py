"""Which of the company's items the catalog must hold after a resync.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.company.jira.catalog import SPRINT

# The default mapping brings what is not done and what changed in the last 26 weeks.
ISSUE_AGE = timedelta(weeks=26)
# Histories of Octopus, and worklogs, are read so far back.
LOOK_BACK = timedelta(days=90)

type Items = Callable[[Company], Iterator[Item]]


def expected(company: Company) -> dict[str, dict[str, Item]]:
    """Return blueprint -> identifier -> the vendor's item."""
    return {
        blueprint: {identifier.format_map(item): item for item in items(company)}
        for blueprint, (items, identifier) in _SOURCES.items()
    }


def _all(product: str, collection: str) -> Items:
    return lambda company: iter(getattr(company, product)[collection].values())


def _only(items: Items, test: Callable[[Item], bool]) -> Items:
    return lambda company: filter(test, items(company))


def _projects(company: Company) -> Iterator[Item]:
    for project in company.jira["project"].values():
        hidden = project["id"] in company.hidden_projects or project.get("archived")
        if not hidden:
            yield project


def _in_projects(collection: str) -> Items:
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


def _recent_issues(company: Company) -> Iterator[Item]:
    for issue in _issues(company):
        recent = parse_time(issue["fields"]["updated"]) >= company.now - ISSUE_AGE
        if recent or not _is_done(issue):
            yield issue


def _is_done(issue: Item) -> bool:
    return bool(issue["fields"]["status"]["statusCategory"]["key"] == "done")


def _level(issue: Item) -> int:
    level: int = issue["fields"]["issuetype"]["hierarchyLevel"]
    return level


def _is_request(issue: Item) -> bool:
    return bool(issue["fields"]["project"]["projectTypeKey"] == "service_desk")


def _links(company: Company) -> Iterator[Item]:
    """Yield the links of issues, with the keys of both ends."""
    for issue in _recent_issues(company):
        for link in issue["fields"]["issuelinks"]:
            other = link.get("outwardIssue") or link["inwardIssue"]
            ends = [issue["key"], other["key"]]
            source, target = ends if "outwardIssue" in link else ends[::-1]
            yield {**link, "source": source, "target": target}


def _changes(company: Company) -> Iterator[Item]:
    """Yield the changes of the status of issues, with the key of the issue."""
    keys = {issue["id"]: issue["key"] for issue in _recent_issues(company)}
    for change in company.jira["changelog"].values():
        steps = [step for step in change["items"] if step["field"] == "status"]
        if steps and change["issueId"] in keys:
            yield {**change, "key": keys[change["issueId"]], "step": steps[0]}


def _worklogs(company: Company) -> Iterator[Item]:
    """Yield what was logged lately, with the key of the issue.

    Also on what is archived, which searches leave out, but no feed does.
    """
    keys = {
        issue["id"]: issue["key"]
        for issue in company.jira["issue"].values()
        if issue["fields"]["project"]["id"] not in company.hidden_projects
    }
    for worklog in company.jira["worklog"].values():
        is_recent = parse_time(worklog["updated"]) >= company.now - LOOK_BACK
        if is_recent and worklog["issueId"] in keys:
            yield {**worklog, "key": keys[worklog["issueId"]]}


def _backlogs(company: Company) -> Iterator[Item]:
    """Yield what waits in the backlog of a board, once for each board."""
    waiting = [issue for issue in _issues(company) if _waits(issue)]
    for board, projects in company.board_projects.items():
        if company.board_types[board] == "kanban":
            continue
        for issue in waiting:
            if issue["fields"]["project"]["id"] in projects:
                yield {**issue, "board": board}


def _waits(issue: Item) -> bool:
    sprints = issue["fields"].get(SPRINT) or []
    is_planned = any(sprint["state"] != "closed" for sprint in sprints)
    return _level(issue) == 0 and not is_planned and not _is_done(issue)


def _sprints(company: Company) -> Iterator[Item]:
    shown = {sprint for ids in company.board_sprints.values() for sprint in ids}
    for id_, sprint in company.jira["sprint"].items():
        if id_ in shown:
            yield sprint


def _recent(collection: str, date: str) -> Items:
    def items(company: Company) -> Iterator[Item]:
        for item in company.octopus[collection].values():
            if parse_time(item[date]) >= company.now - LOOK_BACK:
                yield item

    return items


def _places(company: Company) -> Iterator[Item]:
    """Yield all deployments with their places."""
    for deployment in company.octopus["deployments"].values():
        ids = (deployment["ProjectId"], deployment["EnvironmentId"])
        place = "/".join((*ids, deployment["TenantId"] or "untenanted"))
        yield {**deployment, "place": place}


def _releases(company: Company) -> Iterator[Item]:
    """Yield what is recent, what runs somewhere, and what was deployed there last."""
    tasks, settled, used = company.octopus["tasks"], dict[str, bool](), set()
    for deployment in sorted(
        _places(company), key=lambda d: parse_time(d["Created"]), reverse=True
    ):
        place, task = deployment["place"], tasks.get(deployment["TaskId"] or "", {})
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


# Which items are entities of a blueprint, and their identifiers.
_SOURCES: dict[str, tuple[Items, str]] = {
    "jiraUser": (
        _only(_all("jira", "user"), lambda user: user["accountId"] != "unknown"),
        "{accountId}",
    ),
    "jiraTeam": (
        _only(_all("jira", "team"), lambda team: team["state"] != "ARCHIVED"),
        "{teamId}",
    ),
    "jiraProject": (_projects, "{id}"),
    "jiraVersion": (_in_projects("version"), "{id}"),
    "jiraComponent": (_in_projects("component"), "{id}"),
    "jiraBoard": (_all("jira", "board"), "{id}"),
    "jiraSprint": (_sprints, "{id}"),
    "jiraEpic": (_only(_issues, lambda issue: _level(issue) == 1), "{key}"),
    "jiraGroup": (_all("jira", "group"), "{groupId}"),
    "jiraFilter": (_all("jira", "filter"), "{id}"),
    "jiraIssueLink": (_links, "{id}"),
    "jiraStatusChange": (_changes, "{id}"),
    "jiraWorklog": (_worklogs, "{id}"),
    "jiraBacklogItem": (_backlogs, "{board}-{id}"),
    "jiraRequest": (_only(_recent_issues, _is_request), "{key}"),
    "jiraIssue": (_recent_issues, "{key}"),
    **{
        blueprint: (_all("octopus", collection), "{Id}")
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
    "octopusRelease": (_releases, "{Id}"),
    "octopusDeployment": (_recent("deployments", "Created"), "{Id}"),
    "octopusRunbookRun": (_recent("runbookRuns", "Created"), "{Id}"),
    "octopusTask": (_recent("tasks", "QueueTime"), "{Id}"),
    "octopusInterruption": (
        _only(_all("octopus", "interruptions"), lambda item: item["IsPending"]),
        "{Id}",
    ),
    "octopusApproval": (
        _only(
            _all("octopus", "servertaskapprovals"),
            lambda item: bool(item["ChangeRequest"]["Active"]),
        ),
        "{Id}",
    ),
    "octopusPolicy": (_all("octopus", "policies"), "{Slug}"),
    "octopusProcessTemplate": (_all("octopus", "processtemplates"), "{Slug}"),
    "octopusCurrentRelease": (_places, "{place}"),
    "octopusRunbook": (_runbooks, "{__identifier}"),
}
