"""Projects, their versions and their components."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.company.base import SITE, Draft, Item, jira_time

# What Jira calls team-managed projects.
NEXT_GEN = "next-gen"


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


CAST = (
    Cast("SHOP", "Web Shop", "web", 0.30, components=("Cart", "Checkout", "Search")),
    Cast("PAY", "Payments", "payments", 0.17, components=("Cards", "Ledger", "Fraud")),
    Cast("MOB", "Mobile App", "mobile", 0.12, style=NEXT_GEN),
    Cast("OPS", "Platform Operations", "platform", 0.12, components=("Cluster",)),
    Cast("DATA", "Data Platform", "data", 0.10, components=("Warehouse",)),
    Cast("HELP", "Help Desk", "support", 0.10, type_key="service_desk"),
    Cast("OLD", "Legacy Shop", "web", 0.05),
    Cast("SEC", "Security Audit", "platform", 0.04),
)
ARCHIVED = "OLD"
HIDDEN = "SEC"
# Projects beyond the cast share what a project has left over.
FIRST_PROJECT_ID = 10_001


def casts(draft: Draft) -> list[Cast]:
    """Return as many projects as the size wants; the known ones come first."""
    extra = max(draft.size.jira_projects - len(CAST), 0)
    areas = [cast.area for cast in CAST]
    return [
        *CAST[: draft.size.jira_projects],
        *(
            Cast(f"SVC{n}", f"Service {n}", areas[n % 6], 1 / extra)
            for n in range(1, extra + 1)
        ),
    ]


def build_projects(draft: Draft) -> None:
    """Add the projects with their versions and components."""
    for number, cast in enumerate(casts(draft)):
        project = _project(draft, cast, FIRST_PROJECT_ID + number)
        draft.jira("project")[project["id"]] = project
        if cast.key == HIDDEN:
            draft.company.hidden_projects.add(project["id"])
        _build_components(draft, cast, project)
        if cast.type_key == "software":
            _build_versions(draft, project)


def _project(draft: Draft, cast: Cast, number: int) -> Item:
    project: Item = {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "self": f"{SITE}/rest/api/3/project/{number}",
        "id": str(number),
        "key": cast.key,
        "description": f"{cast.name} of the web shop",
        "lead": user_reference(draft, draft.areas[cast.area][0]),
        "issueTypes": _issue_types(draft, cast),
        "url": f"https://wiki.webshop.example/{cast.key.lower()}",
        "assigneeType": "UNASSIGNED",
        "name": cast.name,
        "projectKeys": [cast.key],
        "roles": {},
        "avatarUrls": avatar(number),
        "projectTypeKey": cast.type_key,
        "simplified": cast.style == NEXT_GEN,
        "style": cast.style,
        "isPrivate": cast.key == HIDDEN,
        "properties": {},
    }
    if cast.style == NEXT_GEN:
        project |= {"entityId": draft.uuid(), "uuid": draft.uuid()}
    if cast.key == ARCHIVED:
        project |= {"archived": True, "archivedDate": jira_time(draft.ago(95))}
    return project


def _issue_types(draft: Draft, cast: Cast) -> list[Item]:
    ids = _type_ids(cast)
    return [one for one in draft.jira("issuetype").values() if one["id"] in ids]


def _type_ids(cast: Cast) -> tuple[str, ...]:
    if cast.type_key == "service_desk":
        return ("10201", "10202")
    if cast.style == NEXT_GEN:
        return ("10100", "10101", "10102", "10104")
    return ("10000", "10001", "10002", "10003", "10004")


def avatar(number: int) -> Item:
    """Return the addresses of a project's picture."""
    path = f"{SITE}/rest/api/3/universal_avatar/view/type/project/avatar/{number}"
    return {
        "48x48": path,
        "24x24": f"{path}?size=small",
        "16x16": f"{path}?size=xsmall",
        "32x32": f"{path}?size=medium",
    }


def user_reference(draft: Draft, account_id: str) -> Item:
    """Return an account as other items show it."""
    if account_id not in draft.people:
        user = draft.jira("user")[account_id]
        shown = {key: value for key, value in user.items() if key != "locale"}
        draft.people[account_id] = shown
    return draft.people[account_id]


def project_reference(project: Item) -> Item:
    """Return a project as its issues show it."""
    keys = ("self", "id", "key", "name", "projectTypeKey", "simplified", "avatarUrls")
    return {key: project[key] for key in keys}


def _build_components(draft: Draft, cast: Cast, project: Item) -> None:
    for name in cast.components:
        id_ = str(draft.next("component", 10_000))
        lead = user_reference(draft, draft.areas[cast.area][-1])
        component = draft.jira("component")[id_] = {
            "self": f"{SITE}/rest/api/3/component/{id_}",
            "id": id_,
            "name": name,
            "description": f"{name} of {cast.name}",
            "lead": lead,
            "assigneeType": "COMPONENT_LEAD",
            "assignee": lead,
            "realAssigneeType": "COMPONENT_LEAD",
            "realAssignee": lead,
            "isAssigneeTypeValid": True,
            "project": project["key"],
            "projectId": int(project["id"]),
        }
        draft.components.setdefault(project["id"], []).append(component)


def _build_versions(draft: Draft, project: Item) -> None:
    """Add versions: an archived one, some released, an overdue one, and the next."""
    for position, days in enumerate((140, 80, 30, 4, -24)):
        id_ = str(draft.next("version", 10_500))
        due = draft.ago(days)
        released = days > 10
        version = draft.jira("version")[id_] = {
            "self": f"{SITE}/rest/api/3/version/{id_}",
            "id": id_,
            "description": f"{project['name']} for the {due:%B} campaign",
            "name": f"{project['key']} 2.{position}",
            "archived": days > 100,
            "released": released,
            "startDate": f"{due - timedelta(days=30):%Y-%m-%d}",
            "releaseDate": f"{due:%Y-%m-%d}",
            "userStartDate": f"{due - timedelta(days=30):%d/%b/%y}",
            "userReleaseDate": f"{due:%d/%b/%y}",
            "projectId": int(project["id"]),
        }
        if not released:
            version["overdue"] = days > 0
        draft.versions.setdefault(project["id"], []).append(version)
