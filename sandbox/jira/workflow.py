"""How issues move from one status to another, and what is written to them meanwhile."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import Item
from sandbox.company.base import jira_time
from sandbox.company.jira.history import new_comment, new_link
from sandbox.contracts import contract
from sandbox.jira.issue_rows import issue
from sandbox.jira.replies import Problem
from sandbox.jira.state import JiraState
from sandbox.jira.writing import check_required, save
from sandbox.serving import Answer

# The statuses that belong together; who is in one may go to each of the others.
PATHS = (
    ("10011", "10012", "10013", "10014", "10015"),
    ("10021", "10022", "10023"),
)


async def transitions(state: JiraState, request: Request) -> Any:
    """Return where an issue can go; nowhere without the permission."""
    ways = _ways(state, issue(state, request))
    return {"expand": "transitions", "transitions": ways}


async def move(state: JiraState, request: Request) -> Response:
    """Take a transition, or say why not."""
    own = issue(state, request)
    body = await request.json()
    ways = {way["id"]: way for way in _ways(state, own)}
    way = ways.get(str(body["transition"]["id"]))
    if way is None:
        told = "It looks like you tried to perform a workflow operation that is not"
        raise Problem(400, f"{told} valid for the current state of this issue.")
    given = body.get("fields", {})
    check_required(way["fields"].items(), given)
    at = jira_time(state.company.present())
    save(state, own, {"status": way["to"], "statuscategorychangedate": at, **given})
    return Response(status_code=204)


def _ways(state: JiraState, issue: Item) -> list[Item]:
    if "TRANSITION_ISSUES" in state.revoked:
        return []
    now, statuses = issue["fields"]["status"]["id"], state.collections["status"]
    path = next(path for path in PATHS if now in path)
    usual = [
        (str(10 * position + 1), f"To {statuses[id_]['name']}", id_)
        for position, id_ in enumerate(path, start=1)
        if id_ != now
    ]
    ways = [_way(state, *way) for way in (*usual, *state.more_transitions)]
    return [way for way in ways if way["to"]["name"] not in state.blocked_statuses]


def _way(state: JiraState, id_: str, name: str, status: str) -> Item:
    to = state.collections["status"][status]
    fields = state.transition_fields.get(to["name"], {})
    return {
        "id": id_,
        "name": name,
        "to": to,
        "hasScreen": bool(fields),
        "isGlobal": True,
        "isInitial": False,
        "isConditional": False,
        "isAvailable": True,
        "fields": fields,
    }


async def comment(state: JiraState, request: Request) -> Any:
    """Add a comment to an issue."""
    own = issue(state, request)
    body = await request.json()
    if not body["body"].get("content"):
        raise Problem(400, "Comment body can not be empty!")
    id_ = str(state.next_number("comment"))
    new = new_comment(id_, own, state.me(), body["body"], state.company.present())
    state.put("comment", id_, {**new, "properties": body.get("properties", [])})
    return Answer(contract("jira").keep("comment", new), 201)


async def link(state: JiraState, request: Request) -> Response:
    """Link two issues: the inward one shows the outward words."""
    body = await request.json()
    types = {own["name"]: own for own in state.collections["issuelinktype"].values()}
    type_ = types.get(body["type"]["name"])
    inward, outward = (
        state.index.find(body[end]["key"]) for end in ("inwardIssue", "outwardIssue")
    )
    if type_ is None or inward is None or outward is None:
        raise Problem(404, "No issue link type or issue with that name exists.")
    id_ = str(state.next_number("issuelink"))
    whole, of_inward, of_outward = new_link(id_, type_, inward, outward)
    state.put("issuelink", id_, whole)
    for end, shown in ((inward, of_inward), (outward, of_outward)):
        save(state, end, {"issuelinks": [*end["fields"]["issuelinks"], shown]})
    return Response(status_code=201)


async def change_version(state: JiraState, request: Request) -> Any:
    """Release a version, or date it; what is unfixed may move to another."""
    id_ = request.path_params["id"]
    version = state.collections["version"].get(id_)
    if version is None:
        raise Problem(404, f"Could not find version for id '{id_}'.")
    body = await request.json()
    other = body.pop("moveUnfixedIssuesTo", None)
    changed = {**version, **body}
    state.put("version", id_, changed)
    if other:
        _move_unfixed(state, id_, other.rpartition("/")[2])
    return changed


def _move_unfixed(state: JiraState, id_: str, other: str) -> None:
    """Plan what has no resolution for another version."""
    target = state.collections["version"][other]
    for own in list(state.collections["issue"].values()):
        planned = own["fields"].get("fixVersions") or []
        left = [version for version in planned if version["id"] != id_]
        if len(left) < len(planned) and not own["fields"]["resolution"]:
            save(state, own, {"fixVersions": [*left, target]})
