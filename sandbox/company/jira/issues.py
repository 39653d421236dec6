"""Issues: epics first, then what belongs to them, each with a believable life."""

from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item, jira_time
from sandbox.company.jira import catalog, prose
from sandbox.company.jira.agile import sprint_of
from sandbox.company.jira.catalog import add
from sandbox.company.jira.projects import ARCHIVED, Cast, casts
from sandbox.contracts import contract

FIRST_ISSUE_ID = 10_001
OLDEST_DAYS = 150
# One issue out of this many is an epic.
PER_EPIC = 15
# Days from one step of the work to the next, on average.
STEP_DAYS = 6.0
SOFTWARE_PATH = ("10011", "10012", "10013", "10014")
SERVICE_PATH = ("10021", "10022", "10023")
DROPPED = "10015"
# The share of issues that stay in the backlog.
NEVER_BEGUN = 0.2


def build_issues(draft: Draft) -> None:
    """Add the issues of every project, oldest first, so that keys grow with time."""
    everyone = casts(draft)
    total = sum(cast.share for cast in everyone)
    begun = 0.0
    for cast, project in zip(everyone, draft.jira("project").values(), strict=True):
        # Rounding the borders, not the parts, brings exactly the wanted number.
        ended = begun + draft.size.issues * cast.share / total
        _build_project_issues(draft, cast, project, round(ended) - round(begun))
        begun = ended
    _move_one(draft)


def _build_project_issues(draft: Draft, cast: Cast, project: Item, count: int) -> None:
    youngest = 100.0 if cast.key == ARCHIVED else 0.3
    ages = sorted(draft.rng.uniform(youngest, OLDEST_DAYS) for _ in range(count))
    epics: list[Item] = []
    stories: list[Item] = []
    for number, age in enumerate(reversed(ages), start=1):
        type_ = _issue_type(draft, project, number, bool(stories))
        parent = None
        if type_["subtask"]:
            parent = draft.rng.choice(stories)
        elif epics and type_["hierarchyLevel"] == 0 and draft.rng.random() < 0.8:
            parent = draft.rng.choice(epics)
        issue = _add_issue(draft, cast, project, type_, draft.ago(age))
        issue["key"] = f"{cast.key}-{number}"
        if parent:
            issue["fields"]["parent"] = issue_reference(parent)
        if type_["subtask"] and parent:
            parent["fields"]["subtasks"].append(issue_reference(issue))
        elif type_["hierarchyLevel"] == 1:
            epics.append(issue)
        else:
            stories.append(issue)


def _issue_type(draft: Draft, project: Item, number: int, any_story: bool) -> Item:
    types: dict[str, Item] = {t["name"]: t for t in project["issueTypes"]}
    if "Epic" in types and number % PER_EPIC == 1:
        return types["Epic"]
    names = [n for n in types if n != "Epic" and (any_story or n != "Sub-task")]
    weights = {"Story": 5, "Bug": 4, "Task": 3, "Sub-task": 1}
    chances = [weights.get(name, 1) for name in names]
    return types[draft.rng.choices(names, chances)[0]]


def _add_issue(
    draft: Draft, cast: Cast, project: Item, type_: Item, created: datetime
) -> Item:
    id_ = str(draft.next("issue", FIRST_ISSUE_ID))
    path = SERVICE_PATH if cast.type_key == "service_desk" else SOFTWARE_PATH
    pace = STEP_DAYS * (5 if type_["hierarchyLevel"] == 1 else 1)
    steps = draft.steps[id_] = _walk(draft, path, created, pace)
    fields = {
        **_what(draft, cast, project, type_),
        **_who(draft, cast),
        **_progress(draft, steps),
        **_planning(draft, project, type_, steps),
    }
    expand = "renderedFields,names,schema,operations,editmeta,changelog"
    return add(draft, "issue", id_, expand=expand, fields=fields)


def _walk(
    draft: Draft, path: tuple[str, ...], created: datetime, pace: float
) -> list[tuple[datetime, str]]:
    """Walk along the statuses until chance or the present stops the issue."""
    at, steps = created, [(created, path[0])]
    if draft.rng.random() < NEVER_BEGUN:
        return steps
    for status in path[1:]:
        at += timedelta(days=draft.rng.expovariate(1 / pace), minutes=5)
        at = at.replace(microsecond=0)
        if at > draft.now - timedelta(minutes=1):
            break
        # Now and then work is dropped instead of reviewed.
        if status == "10013" and draft.rng.random() < 0.05:
            return [*steps, (at, DROPPED)]
        steps.append((at, status))
    return steps


def _what(draft: Draft, cast: Cast, project: Item, type_: Item) -> Item:
    rng, keep = draft.rng, contract("jira").keep
    title = prose.summary(rng, cast.key, type_["name"])
    owner = draft.jira("user")[draft.areas[cast.area][0]]
    components = draft.components[project["id"]]
    chosen = rng.sample(components, min(len(components), rng.choice((0, 1, 1, 2))))
    return {
        "summary": title,
        "issuetype": type_,
        "project": keep("issue project", project),
        "description": prose.description(rng, title, owner),
        "priority": rng.choice(list(draft.jira("priority").values())),
        "labels": rng.sample(prose.LABELS, rng.choice((0, 0, 1, 2))),
        "components": [keep("named", component) for component in chosen],
        "issuelinks": [],
        "subtasks": [],
    }


def issue_reference(issue: Item) -> Item:
    """Return an issue as its relatives show it."""
    shown = ("summary", "status", "priority", "issuetype")
    fields = {name: issue["fields"][name] for name in shown if name in issue["fields"]}
    return {key: issue[key] for key in ("id", "key", "self")} | {"fields": fields}


def _who(draft: Draft, cast: Cast) -> Item:
    rng, areas = draft.rng, draft.areas
    people = areas[cast.area]
    assignee = rng.choice([*people, *people, None])
    if cast.type_key == "service_desk":
        reporter = rng.choice(areas["customers"])
    else:
        reporter = rng.choice([*people, areas["former"][0]])
    person = draft.people[assignee] if assignee else None
    author = draft.people[reporter]
    return {"assignee": person, "reporter": author, "creator": author}


def _progress(draft: Draft, steps: list[tuple[datetime, str]]) -> Item:
    at, status_id = steps[-1]
    status = draft.jira("status")[status_id]
    done = status["statusCategory"]["key"] == "done"
    resolution = "10001" if status_id == DROPPED else "10000"
    return {
        "status": status,
        "statusCategory": status["statusCategory"],
        "created": jira_time(steps[0][0]),
        "updated": jira_time(at),
        "statuscategorychangedate": jira_time(at),
        "resolution": draft.jira("resolution")[resolution] if done else None,
        "resolutiondate": jira_time(at) if done else None,
        "duedate": None,
    }


def _planning(
    draft: Draft, project: Item, type_: Item, steps: list[tuple[datetime, str]]
) -> Item:
    """Return what belongs to planning: sprint, points and versions."""
    rng = draft.rng
    planning: Item = {
        catalog.RANK: f"0|i{draft.numbers['issue']:05x}:",
        catalog.STORY_POINTS: None,
        catalog.OTHER_STORY_POINTS: None,
        catalog.SPRINT: None,
        "fixVersions": [],
        "versions": [],
        "timespent": None,
        "timeoriginalestimate": None,
    }
    if type_["hierarchyLevel"] != 0 or project["projectTypeKey"] != "software":
        return planning
    points = catalog.POINT_ESTIMATE if project["simplified"] else catalog.STORY_POINTS
    planning[points] = rng.choice((None, 1.0, 2.0, 3.0, 5.0, 8.0))
    planning[catalog.SPRINT] = sprint_of(draft, project, steps[-1][0], steps[-1][1])
    versions = draft.versions.get(project["id"])
    if versions and rng.random() < 0.5:
        version = contract("jira").keep("version of issue", rng.choice(versions))
        planning["fixVersions"] = [version]
    return planning


def _move_one(draft: Draft) -> None:
    """Let one issue have come from another project: its old key leads to it."""
    latest = reversed(draft.jira("issue").values())
    moved = next(issue for issue in latest if issue["key"].startswith("PAY-"))
    draft.company.moved_issues["SHOP-9001"] = moved["id"]
    draft.company.cases["moved"] = moved["key"]
