"""Projects, their versions and their components."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.company.base import SITE, Draft, Item, jira_time
from sandbox.company.jira.catalog import add

# What Jira calls team-managed projects.
NEXT_GEN = "next-gen"
# Types of issues, by their ids.
CLASSIC_TYPES = ("10000", "10001", "10002", "10003", "10004")
NEXT_GEN_TYPES = ("10100", "10101", "10102", "10104")
DESK_TYPES = ("10201", "10202")


@dataclass(frozen=True)
class Cast:
    """Describe a project of the company and its share of the issues."""

    key: str
    name: str
    area: str
    share: float
    type_key: str = "software"
    style: str = "classic"
    components: tuple[str, ...] = ()
    types: tuple[str, ...] = CLASSIC_TYPES


CAST = (
    Cast("SHOP", "Web Shop", "web", 0.30, components=("Cart", "Checkout", "Search")),
    Cast("PAY", "Payments", "payments", 0.17, components=("Cards", "Ledger", "Fraud")),
    Cast("MOB", "Mobile App", "mobile", 0.12, style=NEXT_GEN, types=NEXT_GEN_TYPES),
    Cast("OPS", "Platform Operations", "platform", 0.12, components=("Cluster",)),
    Cast("DATA", "Data Platform", "data", 0.10, components=("Warehouse",)),
    Cast(
        "HELP", "Help Desk", "support", 0.10, type_key="service_desk", types=DESK_TYPES
    ),
    Cast("OLD", "Legacy Shop", "web", 0.05),
    Cast("SEC", "Security Audit", "platform", 0.04),
)
ARCHIVED = "OLD"
HIDDEN = "SEC"
# Projects beyond the cast share what a project has left over.
FIRST_PROJECT_ID = 10_001


def casts(draft: Draft) -> list[Cast]:
    """Return as many projects as the size wants; the known ones are always there."""
    extra = max(draft.size.jira_projects - len(CAST), 0)
    areas = [cast.area for cast in CAST]
    more = range(1, extra + 1)
    return [
        *CAST,
        *(Cast(f"SVC{n}", f"Service {n}", areas[n % 6], 1 / extra) for n in more),
    ]


def build_projects(draft: Draft) -> None:
    """Add the projects with their versions and components."""
    for number, cast in enumerate(casts(draft), start=FIRST_PROJECT_ID):
        project = _add_project(draft, cast, number)
        if cast.key == HIDDEN:
            draft.company.hidden_projects.add(project["id"])
        _build_components(draft, cast, project)
        if cast.type_key == "software":
            _build_versions(draft, project)


def _add_project(draft: Draft, cast: Cast, number: int) -> Item:
    project = add(
        draft,
        "project",
        str(number),
        expand="description,lead,issueTypes,url,projectKeys,permissions,insight",
        key=cast.key,
        description=f"{cast.name} of the web shop",
        lead=draft.people[draft.areas[cast.area][0]],
        issueTypes=[draft.jira("issuetype")[id_] for id_ in cast.types],
        url=f"https://wiki.webshop.example/{cast.key.lower()}",
        assigneeType="UNASSIGNED",
        name=cast.name,
        projectKeys=[cast.key],
        roles={},
        avatarUrls=avatar(number),
        projectTypeKey=cast.type_key,
        simplified=cast.style == NEXT_GEN,
        style=cast.style,
        isPrivate=cast.key == HIDDEN,
        properties={},
    )
    if cast.style == NEXT_GEN:
        project |= {"entityId": draft.uuid(), "uuid": draft.uuid()}
    if cast.key == ARCHIVED:
        project |= {"archived": True, "archivedDate": jira_time(draft.ago(95))}
    return project


def avatar(number: int) -> Item:
    """Return the addresses of a project's picture."""
    path = f"{SITE}/rest/api/3/universal_avatar/view/type/project/avatar/{number}"
    return {
        "48x48": path,
        "24x24": f"{path}?size=small",
        "16x16": f"{path}?size=xsmall",
        "32x32": f"{path}?size=medium",
    }


def _build_components(draft: Draft, cast: Cast, project: Item) -> None:
    lead = draft.people[draft.areas[cast.area][-1]]
    draft.components[project["id"]] = [
        add(
            draft,
            "component",
            str(draft.next("component", 10_000)),
            name=name,
            description=f"{name} of {cast.name}",
            lead=lead,
            assigneeType="COMPONENT_LEAD",
            assignee=lead,
            realAssigneeType="COMPONENT_LEAD",
            realAssignee=lead,
            isAssigneeTypeValid=True,
            project=project["key"],
            projectId=int(project["id"]),
        )
        for name in cast.components
    ]


def _build_versions(draft: Draft, project: Item) -> None:
    """Add versions: an archived one, some released, an overdue one, and the next."""
    for position, days in enumerate((140, 80, 30, 4, -24)):
        due = draft.ago(days)
        start = due - timedelta(days=30)
        released = days > 10
        version = add(
            draft,
            "version",
            str(draft.next("version", 10_500)),
            description=f"{project['name']} for the {due:%B} campaign",
            name=f"{project['key']} 2.{position}",
            archived=days > 100,
            released=released,
            startDate=f"{start:%Y-%m-%d}",
            releaseDate=f"{due:%Y-%m-%d}",
            userStartDate=f"{start:%d/%b/%y}",
            userReleaseDate=f"{due:%d/%b/%y}",
            projectId=int(project["id"]),
        )
        if not released:
            version["overdue"] = days > 0
        draft.versions.setdefault(project["id"], []).append(version)
