"""How issues move from one status to another, and what is written to them meanwhile."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.company.base import jira_time
from sandbox.company.jira.issues import issue_reference
from sandbox.jira.replies import Problem, named_page
from sandbox.jira.state import API, JiraState
from sandbox.jira.writing import ISSUE, find, save
from sandbox.serving import Answer, Part, Row

# The statuses that belong together; who is in one may go to each of the others.
PATHS = (
    ("10011", "10012", "10013", "10014", "10015"),
    ("10021", "10022", "10023"),
)


class Workflow(Part[JiraState]):
    """Move issues, comment on them, link them, and release versions."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", f"{ISSUE}/{{issue}}/transitions", self.transitions
        yield "POST", f"{ISSUE}/{{issue}}/transitions", self.move
        yield "GET", f"{ISSUE}/{{issue}}/comment", self.comments
        yield "POST", f"{ISSUE}/{{issue}}/comment", self.comment
        yield "GET", f"{API}/comment/{{comment}}/properties/{{key}}", self.property
        yield "GET", f"{API}/user/assignable/search", self.assignable
        yield "GET", f"{API}/issueLinkType", self.link_types
        yield "POST", f"{API}/issueLink", self.link
        yield "PUT", f"{API}/version/{{id}}", self.release

    async def transitions(self, request: Request) -> Any:
        """Return where an issue can go; nowhere without the permission."""
        return {"expand": "transitions", "transitions": self._ways(request)}

    async def move(self, request: Request) -> Response:
        """Take a transition, or say why not."""
        issue = find(self._state, request)
        body = await request.json()
        id_ = str(body["transition"]["id"])
        way = next((way for way in self._ways(request) if way["id"] == id_), None)
        if way is None:
            told = "It looks like you tried to perform a workflow operation that is not"
            raise Problem(400, f"{told} valid for the current state of this issue.")
        given = body.get("fields", {})
        errors = {
            name: f"{field['name']} is required."
            for name, field in way["fields"].items()
            if field["required"] and not given.get(name)
        }
        if errors:
            raise Problem(400, errors=errors)
        at = jira_time(self._state.company.present())
        moved = {"status": way["to"], "statuscategorychangedate": at, **given}
        save(self._state, issue, moved)
        return Response(status_code=204)

    def _ways(self, request: Request) -> list[Item]:
        status = find(self._state, request)["fields"]["status"]
        if "TRANSITION_ISSUES" in self._state.revoked:
            return []
        statuses = self._state.collections["status"]
        path = next(path for path in PATHS if status["id"] in path)
        ways = [
            self._way(str(10 * position + 1), f"To {statuses[id_]['name']}", id_)
            for position, id_ in enumerate(path, start=1)
            if id_ != status["id"]
        ]
        ways += [self._way(*extra) for extra in self._state.more_transitions]
        blocked = self._state.blocked_statuses
        return [way for way in ways if way["to"]["name"] not in blocked]

    def _way(self, id_: str, name: str, status: str) -> Item:
        to = self._state.collections["status"][status]
        fields = self._state.transition_fields.get(to["name"], {})
        flags = {"isGlobal": True, "isInitial": False, "isConditional": False}
        shown = {"id": id_, "name": name, "to": to, "hasScreen": bool(fields)}
        return {**shown, **flags, "isAvailable": True, "fields": fields}

    async def comments(self, request: Request) -> Any:
        """Return the comments of an issue."""
        issue = find(self._state, request)
        rows = self._state.groups.of("comment", issue["id"])
        newest_first = request.query_params.get("orderBy") == "-created"
        shown = [_shown(row) for row in (rows[::-1] if newest_first else rows)]
        return named_page(request, shown, "comments", 5000)

    async def comment(self, request: Request) -> Any:
        """Add a comment to an issue."""
        issue = find(self._state, request)
        self._state.require("ADD_COMMENTS")
        body = await request.json()
        if not body["body"].get("content"):
            raise Problem(400, "Comment body can not be empty!")
        id_ = str(self._state.next_number("comment"))
        at, me = jira_time(self._state.company.present()), self._state.me()
        comment = {
            "self": f"{SITE}{ISSUE}/{issue['id']}/comment/{id_}",
            "id": id_,
            "author": me,
            "body": body["body"],
            "updateAuthor": me,
            "created": at,
            "updated": at,
            "jsdPublic": True,
            "issueId": issue["id"],
            "properties": body.get("properties", []),
        }
        self._state.put("comment", id_, comment)
        return Answer(_shown(comment), 201)

    async def property(self, request: Request) -> Any:
        """Return one property of a comment."""
        id_, key = request.path_params["comment"], request.path_params["key"]
        comment = self._state.collections["comment"].get(id_, {})
        for one in comment.get("properties", []):
            if one["key"] == key:
                return one
        raise Problem(404, f"The property with key '{key}' does not exist.")

    async def assignable(self, request: Request) -> Any:
        """Return who can have an issue: whoever is active and a person."""
        wanted = request.query_params.get("accountId")
        users = self._state.collections["user"].values()
        people = [u for u in users if u["active"] and u["accountType"] == "atlassian"]
        return [user for user in people if wanted in (None, user["accountId"])]

    async def link_types(self, request: Request) -> Any:
        """Return the types of links."""
        types = self._state.collections["issuelinktype"].values()
        return {"issueLinkTypes": [*types]}

    async def link(self, request: Request) -> Response:
        """Link two issues: the inward one shows the outward words."""
        self._state.require("LINK_ISSUES")
        body = await request.json()
        types = self._state.collections["issuelinktype"].values()
        type_ = next((t for t in types if t["name"] == body["type"]["name"]), None)
        found = [self._state.index.find(body[name]["key"]) for name in _ENDS]
        ends = [issue for issue in found if issue is not None]
        if type_ is None or len(ends) < len(_ENDS):
            raise Problem(404, "No issue link type or issue with that name exists.")
        id_ = str(self._state.next_number("issuelink"))
        own = {"id": id_, "self": f"{SITE}{API}/issueLink/{id_}", "type": type_}
        shown = {n: issue_reference(end) for n, end in zip(_ENDS, ends, strict=True)}
        self._state.put("issuelink", id_, {**own, **shown})
        for end, other in zip(ends, reversed(_ENDS), strict=True):
            links = [*end["fields"]["issuelinks"], {**own, other: shown[other]}]
            save(self._state, end, {"issuelinks": links})
        return Response(status_code=201)

    async def release(self, request: Request) -> Any:
        """Change a version."""
        self._state.require("ADMINISTER_PROJECTS")
        id_ = request.path_params["id"]
        version = self._state.collections["version"].get(id_)
        if version is None:
            raise Problem(404, f"Could not find version for id '{id_}'.")
        body = await request.json()
        known = ("released", "releaseDate")
        changed = {**version, **{n: body[n] for n in known if n in body}}
        self._state.put("version", id_, changed)
        if other := body.get("moveUnfixedIssuesTo"):
            self._move_unfixed(id_, other.rpartition("/")[2])
        return changed

    def _move_unfixed(self, id_: str, other: str) -> None:
        """Plan what has no resolution for another version."""
        target = self._state.collections["version"][other]
        for issue in list(self._state.collections["issue"].values()):
            planned = issue["fields"].get("fixVersions") or []
            if issue["fields"]["resolution"] or id_ not in [v["id"] for v in planned]:
                continue
            left = [version for version in planned if version["id"] != id_]
            save(self._state, issue, {"fixVersions": [*left, target]})


_ENDS = ("inwardIssue", "outwardIssue")


def _shown(comment: Item) -> Item:
    return {k: v for k, v in comment.items() if k not in ("issueId", "properties")}
