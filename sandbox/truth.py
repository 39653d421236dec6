"""What the catalog must hold after a resync, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time

type Catalog = dict[str, dict[str, Item]]

# The default mapping brings what is not done and what changed in the last 26 weeks.
ISSUE_AGE = timedelta(weeks=26)
# Histories of Octopus are read so far back. The company's clock stands at a full hour,
# the real one goes on: what lies on the border may be there or not.
LOOK_BACK = timedelta(days=90)
BORDER = timedelta(hours=3)
DATES = {
    "octopusRelease": "Assembled",
    "octopusDeployment": "Created",
    "octopusRunbookRun": "Created",
    "octopusTask": "QueueTime",
}


@dataclass(frozen=True)
class Difference:
    """Tell for one blueprint what is missing, too much, or wrong."""

    blueprint: str
    expected: int
    found: int
    # Entities that exist only because another one refers to them.
    referred: int
    complaints: tuple[str, ...]


def expected(company: Company) -> dict[str, dict[str, Item]]:
    """Return blueprint -> identifier -> the vendor's item."""
    return {
        blueprint: {identifier(item): item for item in items(company)}
        for blueprint, (items, identifier) in _SOURCES.items()
    }


def compare(company: Company, catalog: Catalog) -> list[Difference]:
    """Compare the catalog with the company, blueprint by blueprint."""
    truth, differences = expected(company), []
    for blueprint, items in truth.items():
        entities = catalog.get(blueprint, {})
        for identifier in _on_the_border(company, blueprint, items):
            entities = {i: e for i, e in entities.items() if i != identifier}
            items = {i: item for i, item in items.items() if i != identifier}
        differences.append(_difference(blueprint, items, entities))
    return differences


def _on_the_border(
    company: Company, blueprint: str, items: dict[str, Item]
) -> list[str]:
    if blueprint not in DATES:
        return []
    border = company.now - LOOK_BACK
    return [
        identifier
        for identifier, item in items.items()
        if abs(parse_time(item[DATES[blueprint]]) - border) < BORDER
    ]


def _difference(
    blueprint: str, items: dict[str, Item], entities: dict[str, Item]
) -> Difference:
    referred = {i for i, e in entities.items() if i not in items and not e["title"]}
    surplus = entities.keys() - items.keys() - referred
    complaints = [
        *(f"{identifier} is missing" for identifier in items.keys() - entities.keys()),
        *(f"{identifier} should not be there" for identifier in surplus),
    ]
    check = _FACTS.get(blueprint)
    for identifier in items.keys() & entities.keys() if check else ():
        complaints += check(items[identifier], entities[identifier]) if check else []
    found = len(entities) - len(referred)
    shown = tuple(sorted(complaints))
    return Difference(blueprint, len(items), found, len(referred), shown)


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
    "octopusRelease": (_recent("releases", "Assembled"), lambda item: item["Id"]),
    "octopusDeployment": (_recent("deployments", "Created"), lambda item: item["Id"]),
    "octopusRunbookRun": (_recent("runbookRuns", "Created"), lambda item: item["Id"]),
    "octopusTask": (_recent("tasks", "QueueTime"), lambda item: item["Id"]),
    "octopusInterruption": (
        _only(_all("octopus", "interruptions"), lambda item: item["IsPending"]),
        lambda item: item["Id"],
    ),
    "octopusRunbook": (_runbooks, lambda runbook: runbook["__identifier"]),
}


def _check(**facts: Callable[[Item, Item], bool]) -> Callable[[Item, Item], list[str]]:
    def complaints(item: Item, entity: Item) -> list[str]:
        return [
            f"{entity['identifier']} has a wrong {name}"
            for name, is_right in facts.items()
            if not is_right(item, entity)
        ]

    return complaints


def _work_items(release: Item) -> set[str]:
    return {
        work["Id"]
        for build in release.get("BuildInformation") or []
        for work in build.get("WorkItems") or []
        if work["Source"] == "Jira"
    }


# Facts that the mapping must not lose, one or two for each blueprint that matters most.
_FACTS: dict[str, Callable[[Item, Item], list[str]]] = {
    "jiraIssue": _check(
        title=lambda issue, entity: entity["title"] == issue["fields"]["summary"],
        status=lambda issue, entity: (
            entity["properties"]["status"] == issue["fields"]["status"]["name"]
        ),
        project=lambda issue, entity: (
            entity["relations"]["project"] == issue["fields"]["project"]["id"]
        ),
    ),
    "octopusRelease": _check(
        version=lambda release, entity: entity["title"] == release["Version"],
        issues=lambda release, entity: (
            _work_items(release) <= set(entity["relations"]["issues"])
        ),
    ),
    "octopusDeployment": _check(
        release=lambda deployment, entity: (
            entity["relations"]["release"] == deployment["ReleaseId"]
        ),
        environment=lambda deployment, entity: (
            entity["relations"]["environment"] == deployment["EnvironmentId"]
        ),
    ),
}
