"""Boards of every type and the sprints on them."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.company.base import SITE, Draft, Item, jira_time
from sandbox.company.jira.filters import add_filter
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
# Statuses of what nobody began, and of what is over.
TO_DO, OVER = "10011", ("10014", "10015")


def build_boards(draft: Draft) -> None:
    """Add the boards, each with the projects that its filter names."""
    projects = {p["key"]: p for p in draft.jira("project").values()}
    later = [key for key in projects if key.startswith("SVC")]
    extra = max(draft.size.boards - len(BOARDS), 0) if later else 0
    more = [
        (f"Board {n}", ("scrum", "kanban", "simple")[n % 3], (later[n % len(later)],))
        for n in range(extra)
    ]
    boards = [*BOARDS, *more][: draft.size.boards]
    for number, (name, kind, keys) in enumerate(boards, start=1):
        _add_board(draft, number, name, kind, [projects[key] for key in keys])


def _add_board(
    draft: Draft, number: int, name: str, kind: str, shown: list[Item]
) -> None:
    board = _add(draft, "board", number)
    # Others than its owner see that a private board exists, not what it is.
    board |= {"isPrivate": True} if name == PRIVATE else {"name": name, "type": kind}
    if name not in (PRIVATE, WITHOUT_LOCATION):
        board["location"] = _location(shown[0])
    id_ = str(number)
    draft.company.board_projects[id_] = [p["id"] for p in shown]
    draft.company.board_types[id_] = kind
    draft.board_names[id_] = name
    among = f"project in ({', '.join(project['key'] for project in shown)})"
    add_filter(
        draft,
        f"Filter for {name} board",
        f"{among} ORDER BY Rank ASC",
        shown[0]["lead"],
        searchUrl=f"{SITE}/rest/api/3/search/jql?jql={among.replace(' in ', '+in+')}",
    )


def _add(draft: Draft, collection: str, number: int, **fields: Any) -> Item:
    """Add an item that Jira Software's API has by its number, and return it."""
    address = f"{SITE}/rest/agile/1.0/{collection}/{number}"
    item: Item = {"id": number, "self": address, **fields}
    draft.jira(collection)[str(number)] = item
    return item


def _location(project: Item) -> Item:
    title = f"{project['name']} ({project['key']})"
    return {
        "projectId": int(project["id"]),
        "displayName": title,
        "projectName": project["name"],
        "projectKey": project["key"],
        "projectTypeKey": project["projectTypeKey"],
        "avatarURI": avatar(int(project["id"]))["24x24"],
        "name": title,
    }


def build_sprints(draft: Draft) -> None:
    """Add closed, active and future sprints; some boards show those of others."""
    projects, shown = draft.company.board_projects, draft.company.board_sprints
    owners: dict[str, list[str]] = {}
    for id_, name in draft.board_names.items():
        if draft.company.board_types[id_] != "kanban" and name not in BORROWING:
            owners[id_] = shown[id_] = _add_sprints(draft, id_, name)
    for id_, name in draft.board_names.items():
        if name in BORROWING:
            shown[id_] = [
                sprint
                for owner, sprints in owners.items()
                if {*projects[id_]} & {*projects[owner]}
                for sprint in sprints
            ]
    for id_, sprints in owners.items():
        if len(projects[id_]) == 1:
            own = [draft.jira("sprint")[sprint] for sprint in sprints]
            draft.sprints.setdefault(projects[id_][0], own)


def _add_sprints(draft: Draft, board_id: str, name: str) -> list[str]:
    ids = []
    for position in range(CLOSED_SPRINTS + 2):
        number = draft.next("sprint", 21)
        # The active one began a week ago.
        start = draft.ago(7 + SPRINT_DAYS * (CLOSED_SPRINTS - position))
        end = start + timedelta(days=SPRINT_DAYS)
        _add(
            draft,
            "sprint",
            number,
            **_progress(position, start, end),
            name=f"{name} sprint {position + 1}",
            createdDate=_sprint_time(start - timedelta(days=10)),
            originBoardId=int(board_id),
            goal=f"Goal {position + 1}" if position % 2 else "",
        )
        ids.append(str(number))
    return ids


def _progress(position: int, start: datetime, end: datetime) -> Item:
    """Return the state of a sprint, and the times that it tells."""
    times = {"startDate": _sprint_time(start), "endDate": _sprint_time(end)}
    if position < CLOSED_SPRINTS:
        return {"state": "closed", **times, "completeDate": times["endDate"]}
    if position == CLOSED_SPRINTS:
        return {"state": "active", **times}
    return {"state": "future"}


def _sprint_time(moment: datetime) -> str:
    return jira_time(moment).replace("+0000", "Z")


def sprint_of(
    draft: Draft, project: Item, changed: datetime, status: str
) -> list[Item] | None:
    """Return the value of an issue's sprint field, or None for one in no sprint."""
    if project["id"] not in draft.sprints:
        return None
    *begun, future = draft.sprints[project["id"]]
    chosen: Item | None = begun[-1]
    if status == TO_DO:
        # What nobody began is in the next sprint, or in none.
        chosen = future if draft.rng.random() < 0.3 else None
    elif status in OVER:
        age = (draft.now - changed).days - 7
        latest = enumerate(reversed(begun))
        chosen = next((s for back, s in latest if age <= SPRINT_DAYS * back), None)
    return [_sprint_value(chosen)] if chosen else None


def _sprint_value(sprint: Item) -> Item:
    """Return a sprint as the sprint field of an issue shows it."""
    shown = ("id", "name", "state", "goal", "startDate", "endDate", "completeDate")
    value = {key: sprint[key] for key in shown if key in sprint}
    return value | {"boardId": sprint["originBoardId"]}
