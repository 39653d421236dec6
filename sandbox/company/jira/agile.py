"""Boards of every type and the sprints on them."""

from datetime import datetime, timedelta

from sandbox.company.base import SITE, Draft, Item, jira_time
from sandbox.company.jira.projects import avatar

SPRINT_DAYS = 14
# Sprints that are over, for each board that has any.
CLOSED_SPRINTS = 6
# Name, type, keys of the projects that the filter names; the first is the location.
BOARDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Web Shop", "scrum", ("SHOP",)),
    ("Payments", "scrum", ("PAY",)),
    ("Shop and Payments planning", "scrum", ("SHOP", "PAY")),
    ("Platform Operations", "kanban", ("OPS",)),
    ("Mobile App", "simple", ("MOB",)),
    ("Everything overdue", "kanban", ("SHOP", "OPS", "DATA")),
    ("Private notes", "scrum", ("SHOP",)),
    ("Data Platform", "scrum", ("DATA",)),
    ("Support", "kanban", ("HELP",)),
)
WITHOUT_LOCATION = "Everything overdue"
PRIVATE = "Private notes"
# Boards that only show the sprints of others.
BORROWING = ("Shop and Payments planning", PRIVATE)


def build_boards(draft: Draft) -> None:
    """Add the boards, each with the projects that its filter names."""
    projects = {p["key"]: p for p in draft.jira("project").values()}
    extra = max(draft.size.boards - len(BOARDS), 0)
    later = [key for key in projects if key.startswith("SVC")]
    more = tuple(
        (f"Board {n}", ("scrum", "kanban", "simple")[n % 3], (later[n % len(later)],))
        for n in range(extra if later else 0)
    )
    for number, (name, kind, keys) in enumerate((*BOARDS, *more), start=1):
        shown = [projects[key] for key in keys if key in projects]
        if shown and number <= draft.size.boards:
            _add_board(draft, number, name, kind, shown)


def _add_board(
    draft: Draft, number: int, name: str, kind: str, shown: list[Item]
) -> None:
    board: Item = {
        "id": number,
        "self": f"{SITE}/rest/agile/1.0/board/{number}",
        "name": name,
        "type": kind,
    }
    if name == PRIVATE:
        # Others than its owner see that it exists, not what it is.
        del board["name"], board["type"]
        board["isPrivate"] = True
    elif name != WITHOUT_LOCATION:
        board["location"] = _location(shown[0])
    draft.jira("board")[str(number)] = board
    draft.company.board_projects[str(number)] = [p["id"] for p in shown]
    draft.company.board_types[str(number)] = kind
    draft.board_names[str(number)] = name
    _add_filter(draft, name, shown)


def _add_filter(draft: Draft, name: str, shown: list[Item]) -> None:
    keys = ", ".join(project["key"] for project in shown)
    filter_id = draft.next("filter", 10_000)
    draft.jira("filter")[str(filter_id)] = {
        "self": f"{SITE}/rest/api/3/filter/{filter_id}",
        "id": str(filter_id),
        "name": f"Filter for {name} board",
        "description": "",
        "owner": shown[0]["lead"],
        "jql": f"project in ({keys}) ORDER BY Rank ASC",
        "viewUrl": f"{SITE}/issues/?filter={filter_id}",
        "searchUrl": f"{SITE}/rest/api/3/search/jql?jql=project+in+({keys})",
        "favourite": False,
        "favouritedCount": 0,
        "sharePermissions": [],
        "editPermissions": [],
        "subscriptions": {"size": 0, "items": []},
    }


def _location(project: Item) -> Item:
    return {
        "projectId": int(project["id"]),
        "displayName": f"{project['name']} ({project['key']})",
        "projectName": project["name"],
        "projectKey": project["key"],
        "projectTypeKey": project["projectTypeKey"],
        "avatarURI": avatar(int(project["id"]))["24x24"],
        "name": f"{project['name']} ({project['key']})",
    }


def build_sprints(draft: Draft) -> None:
    """Add closed, active and future sprints; some boards show those of others."""
    shown = draft.company.board_sprints
    owners: dict[str, list[str]] = {}
    for id_, name in draft.board_names.items():
        if draft.company.board_types[id_] != "kanban" and name not in BORROWING:
            owners[id_] = shown[id_] = _add_sprints(draft, id_, name)
    for id_, name in draft.board_names.items():
        if name in BORROWING:
            projects = set(draft.company.board_projects[id_])
            shown[id_] = [
                sprint
                for owner, sprints in owners.items()
                if projects & set(draft.company.board_projects[owner])
                for sprint in sprints
            ]


def _add_sprints(draft: Draft, board_id: str, name: str) -> list[str]:
    ids = []
    for position in range(CLOSED_SPRINTS + 2):
        number = draft.next("sprint", 21)
        # The active one began a week ago.
        start = draft.ago(7 + SPRINT_DAYS * (CLOSED_SPRINTS - position))
        end = start + timedelta(days=SPRINT_DAYS)
        sprint: Item = {
            "id": number,
            "self": f"{SITE}/rest/agile/1.0/sprint/{number}",
            "state": "closed",
            "name": f"{name} sprint {position + 1}",
            "startDate": _sprint_time(start),
            "endDate": _sprint_time(end),
            "completeDate": _sprint_time(end),
            "createdDate": _sprint_time(start - timedelta(days=10)),
            "originBoardId": int(board_id),
            "goal": f"Goal {position + 1}" if position % 2 else "",
        }
        if position >= CLOSED_SPRINTS:
            del sprint["completeDate"]
            sprint["state"] = "active"
        if position > CLOSED_SPRINTS:
            del sprint["startDate"], sprint["endDate"]
            sprint["state"] = "future"
        draft.jira("sprint")[str(number)] = sprint
        ids.append(str(number))
    return ids


def _sprint_time(moment: datetime) -> str:
    return jira_time(moment).replace("+0000", "Z")


def sprint_of(
    draft: Draft, project: Item, changed: datetime, status: str
) -> list[Item] | None:
    """Return the value of an issue's sprint field, or None for one in no sprint."""
    sprints = _sprints_of_project(draft, project["id"])
    if not sprints:
        return None
    if status == "10011":
        # What nobody began is in the next sprint, or in none.
        chosen = sprints[-1] if draft.rng.random() < 0.3 else None
    else:
        chosen = sprints[-2]
        if status in ("10014", "10015"):
            age = (draft.now - changed).days - 7
            chosen = next(
                (
                    sprint
                    for back, sprint in enumerate(reversed(sprints[:-1]))
                    if age <= SPRINT_DAYS * back
                ),
                None,
            )
    return [_sprint_value(chosen)] if chosen else None


def _sprints_of_project(draft: Draft, project_id: str) -> list[Item]:
    """Return the sprints of the one board that belongs to a project alone."""
    if project_id not in draft.sprints:
        boards = draft.company.board_projects
        known = next(
            (
                ids
                for board, ids in draft.company.board_sprints.items()
                if boards[board] == [project_id]
            ),
            [],
        )
        draft.sprints[project_id] = [draft.jira("sprint")[id_] for id_ in known]
    return draft.sprints[project_id]


def _sprint_value(sprint: Item) -> Item:
    """Return a sprint as the sprint field of an issue shows it."""
    shown = ("id", "name", "state", "goal", "startDate", "endDate", "completeDate")
    value = {key: sprint[key] for key in shown if key in sprint}
    return value | {"boardId": sprint["originBoardId"]}
