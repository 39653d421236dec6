"""What each action does in Jira, how it fails, and that it happens once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from sandbox.company import Item
from sandbox.jira import JiraSandbox
from tests.actions.desk import Desk, ended

KEY, OTHER = "SHOP-2", "SHOP-3"
ALLOWED = {"allow_issue_deletion": True}


class AtJira(Protocol):
    """A desk in one process, or one of a process of its own."""

    @property
    def jira(self) -> JiraSandbox:
        """Return the stand-in of Jira."""


def issue(desk: AtJira, key: str = KEY) -> Item | None:
    return desk.jira.index.find(key)


def fields(desk: AtJira, key: str = KEY) -> Item:
    found = issue(desk, key)
    assert found is not None
    own: Item = found["fields"]
    return own


def person(desk: AtJira) -> str:
    """Return somebody active, who does not have the issue."""
    present = (fields(desk)["assignee"] or {}).get("accountId")
    users = desk.jira.collections["user"].values()
    people = [u for u in users if u["active"] and u["accountType"] == "atlassian"]
    return next(str(u["accountId"]) for u in people if u["accountId"] != present)


def comments(desk: AtJira) -> list[Item]:
    found = issue(desk)
    return desk.jira.groups.of("comment", found["id"]) if found else []


def links(desk: AtJira) -> list[tuple[str, str]]:
    """Return what the issue shows of its links to the other one."""
    return [
        (link["type"]["outward" if "outwardIssue" in link else "inward"], end["key"])
        for link in fields(desk)["issuelinks"]
        if (end := link.get("outwardIssue") or link["inwardIssue"])["key"] == OTHER
    ]


def open_version(desk: AtJira) -> Item:
    versions = desk.jira.collections["version"].values()
    return next(v for v in versions if v["projectId"] == 10001 and not v["released"])


def another_status(desk: AtJira) -> str:
    """Return a status that the issue is not in."""
    present = fields(desk)["status"]["name"]
    return next(s for s in ("In Progress", "Done") if s != present)


@dataclass(frozen=True)
class Case:
    """One action as people start it, the request that it sends, and how to see it."""

    inputs: Callable[[AtJira], Item]
    method: str
    path: str
    is_done: Callable[[AtJira, Item], bool]


CASES = {
    "update_issue": Case(
        lambda _: {"issueKey": KEY, "summary": "From Port", "priority": "High"},
        "PUT",
        "/issue/SHOP-2$",
        lambda desk, _: fields(desk)["summary"] == "From Port",
    ),
    "change_issue_status": Case(
        lambda desk: {"issueKey": KEY.lower(), "status": another_status(desk).upper()},
        "POST",
        "/transitions$",
        lambda desk, given: (
            fields(desk)["status"]["name"].upper() == str(given["status"])
        ),
    ),
    "add_comment": Case(
        lambda _: {"issueKey": KEY, "comment": "Hello\n\nfrom Port"},
        "POST",
        "/comment$",
        lambda desk, _: (
            len(comments(desk)) == 1 and len(comments(desk)[0]["body"]["content"]) == 2
        ),
    ),
    "delete_issue": Case(
        lambda _: {"issueKey": KEY, "deleteSubtasks": "true"},
        "DELETE",
        "/issue/SHOP-2",
        lambda desk, _: issue(desk) is None,
    ),
    "assign_issue": Case(
        lambda desk: {"issueKey": KEY, "assigneeAccountId": person(desk)},
        "PUT",
        "/assignee$",
        lambda desk, given: (
            fields(desk)["assignee"]["accountId"] == given["assigneeAccountId"]
        ),
    ),
    "link_issues": Case(
        lambda _: {"issueKey": KEY, "linkedIssueKey": OTHER, "linkType": "blocks"},
        "POST",
        "/issueLink$",
        lambda desk, _: links(desk) == [("blocks", OTHER)],
    ),
    "release_version": Case(
        lambda desk: {"version": open_version(desk)["id"]},
        "PUT",
        "/version/",
        lambda desk, given: bool(
            desk.jira.collections["version"][given["version"]]["released"]
        ),
    ),
}
EACH = pytest.mark.parametrize("action", CASES)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Return a desk at which issues may be deleted, and a quiet issue."""
    desk.settings.update(ALLOWED)
    found = issue(desk)
    assert found is not None
    assert comments(desk) == []
    quiet = {**found["fields"], "issuelinks": []}
    desk.jira.put("issue", found["id"], {**found, "fields": quiet})
    return desk


def writes(desk: Desk) -> int:
    """Return how many requests that change something Jira was sent."""
    reading = ("search/jql",)
    return sum(
        request.method != "GET" and not request.path.endswith(reading)
        for request in desk.jira.faults.requests
    )


@EACH
async def test_it_is_done_once(desk: Desk, action: str) -> None:
    case = CASES[action]
    given = case.inputs(desk)
    kept = await desk.do(action, **given)

    told = ended(kept, "SUCCESS")
    assert case.is_done(desk, given), told
    assert writes(desk) == 1
    assert action == "delete_issue" or kept.shown["link"] in told


@EACH
async def test_a_lost_reply_is_looked_up(desk: Desk, action: str) -> None:
    case = CASES[action]
    given = case.inputs(desk)
    desk.jira.faults.add(method=case.method, path=case.path, lose=True)
    kept = await desk.do(action, **given)

    ended(kept, "SUCCESS")
    assert case.is_done(desk, given)
    assert writes(desk) == 1


@EACH
async def test_what_never_arrived_is_unknown_and_not_sent_again(
    desk: Desk, action: str
) -> None:
    case = CASES[action]
    given = case.inputs(desk)
    desk.jira.faults.add(method=case.method, path=case.path, drop=True)
    kept = await desk.do(action, **given)

    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert kept.shown["link"].startswith("http") and kept.shown["link"] in told
    assert not case.is_done(desk, given)
    assert writes(desk) == 1


@EACH
async def test_an_issue_that_is_not_there_is_named(desk: Desk, action: str) -> None:
    given = CASES[action].inputs(desk)
    nowhere = {"issueKey": "SHOP-99999"} if "issueKey" in given else {"version": "9"}
    kept = await desk.do(action, **{**given, **nowhere})

    told = ended(kept, "FAILURE")
    assert "Nothing was changed" in told
    assert kept.shown["statusLabel"] == "Not found"


@EACH
async def test_a_missing_permission_is_named(desk: Desk, action: str) -> None:
    (permission,) = desk.executors[action].PERMISSIONS
    desk.jira.revoked.add(permission)
    given = CASES[action].inputs(desk)
    kept = await desk.do(action, **given)

    told = ended(kept, "FAILURE")
    assert permission in told
    assert not CASES[action].is_done(desk, given)


async def test_deleting_is_off_until_a_setting_allows_it(desk: Desk) -> None:
    desk.settings.clear()
    kept = await desk.do("delete_issue", issueKey=KEY)

    assert "set allowIssueDeletion to true" in ended(kept, "FAILURE")
    assert issue(desk) is not None
    assert writes(desk) == 0


async def test_a_status_that_is_reached_already_costs_no_change(desk: Desk) -> None:
    status = fields(desk)["status"]["name"]
    kept = await desk.do("change_issue_status", issueKey=KEY, status=status)

    assert "already" in ended(kept, "SUCCESS")
    assert writes(desk) == 0


async def test_the_statuses_that_can_be_reached_are_named(desk: Desk) -> None:
    status = another_status(desk)
    desk.jira.blocked_statuses.add(status)
    kept = await desk.do("change_issue_status", issueKey=KEY, status=status)

    told = ended(kept, "FAILURE")
    assert "Won't Do (by To Won't Do)" in told
    assert "Nothing was changed" in told


async def test_one_of_several_transitions_has_to_be_named(desk: Desk) -> None:
    status = another_status(desk)
    ids = {s["name"]: s["id"] for s in desk.jira.collections["status"].values()}
    desk.jira.more_transitions.append(("77", "Express", ids[status]))

    kept = await desk.do("change_issue_status", issueKey=KEY, status=status)
    assert "Express (77)" in ended(kept, "FAILURE")
    named: Any = {"issueKey": KEY, "status": status, "transition": "express"}
    ended(await desk.do("change_issue_status", **named), "SUCCESS")


async def test_what_a_transition_requires_is_named_with_its_values(
    desk: Desk,
) -> None:
    status = another_status(desk)
    resolution = {
        "required": True,
        "hasDefaultValue": False,
        "name": "Resolution",
        "key": "resolution",
        "allowedValues": [{"name": "Fixed"}, {"name": "Duplicate"}],
    }
    desk.jira.transition_fields[status] = {"resolution": resolution}
    asked: Any = {"issueKey": KEY, "status": status}

    told = ended(await desk.do("change_issue_status", **asked), "FAILURE")
    assert "Resolution (resolution), one of: Fixed, Duplicate" in told
    asked["fields"] = '{"resolution": {"name": "Fixed"}}'
    ended(await desk.do("change_issue_status", **asked), "SUCCESS")


@pytest.mark.parametrize("action", ["assign_issue", "update_issue", "create_issue"])
async def test_an_e_mail_address_is_no_account(desk: Desk, action: str) -> None:
    given = {"issueKey": KEY, "assigneeAccountId": "mia@webshop.example"}
    created = {"project": "SHOP", "issueType": "Task", "summary": "x"}
    kept = await desk.do(action, **given, **created)

    assert "must be an account id" in ended(kept, "FAILURE")
    assert writes(desk) == 0


async def test_only_people_who_can_have_an_issue_get_it(desk: Desk) -> None:
    kept = await desk.do("assign_issue", issueKey=KEY, assigneeAccountId="nobody")

    assert "Assignable user" in ended(kept, "FAILURE")


async def test_an_issue_can_be_taken_from_everybody(desk: Desk) -> None:
    ended(await desk.do("assign_issue", issueKey=KEY, unassign=True), "SUCCESS")

    assert fields(desk)["assignee"] is None
    assert "Either" in ended(await desk.do("assign_issue", issueKey=KEY), "FAILURE")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("Blocks", "blocks"), ("is blocked by", "is blocked by")],
)
async def test_links_read_as_they_were_asked_for(
    desk: Desk, asked: str, shown: str
) -> None:
    given = {"issueKey": KEY, "linkedIssueKey": OTHER, "linkType": asked}
    for _ in range(2):
        ended(await desk.do("link_issues", **given), "SUCCESS")

    assert links(desk) == [(shown, OTHER)]
    assert writes(desk) == 1


async def test_an_issue_is_not_linked_to_itself(desk: Desk) -> None:
    found = issue(desk)
    assert found is not None
    given = {"issueKey": KEY, "linkedIssueKey": found["id"], "linkType": "blocks"}

    assert "to itself" in ended(await desk.do("link_issues", **given), "FAILURE")
    assert writes(desk) == 0


async def test_the_types_of_links_are_named(desk: Desk) -> None:
    given = {"issueKey": KEY, "linkedIssueKey": OTHER, "linkType": "hates"}
    told = ended(await desk.do("link_issues", **given), "FAILURE")

    assert "blocks / is blocked by" in told


async def test_an_internal_comment_is_marked_as_one(desk: Desk) -> None:
    given = {"issueKey": KEY, "comment": "For us", "internal": True}
    ended(await desk.do("add_comment", **given), "SUCCESS")

    (comment,) = comments(desk)
    assert {p["key"]: p["value"] for p in comment["properties"]}[
        "sd.public.comment"
    ] == {"internal": True}


async def test_a_version_is_found_by_its_name_in_a_project(desk: Desk) -> None:
    version = open_version(desk)
    asked: Any = {"project": "shop", "version": version["name"]}
    ended(await desk.do("release_version", **asked), "SUCCESS")
    ended(await desk.do("release_version", **asked), "SUCCESS")

    assert desk.jira.collections["version"][version["id"]]["released"]
    assert writes(desk) == 1


async def test_unfixed_issues_are_moved_to_another_version(desk: Desk) -> None:
    own = [
        v
        for v in desk.jira.collections["version"].values()
        if v["projectId"] == 10001 and not v["archived"]
    ]
    open_one, other = open_version(desk), next(v for v in own if v["released"])
    found = issue(desk)
    assert found is not None
    planned = {**found["fields"], "resolution": None, "fixVersions": [open_one]}
    desk.jira.put("issue", found["id"], {**found, "fields": planned})
    asked = {"version": open_one["name"], "moveUnfixedIssuesTo": other["name"]}
    ended(await desk.do("release_version", project="SHOP", **asked), "SUCCESS")

    assert [v["id"] for v in fields(desk)["fixVersions"]] == [other["id"]]


async def test_versions_that_can_be_released_are_named(desk: Desk) -> None:
    asked: Any = {"project": "SHOP", "version": "no such"}
    told = ended(await desk.do("release_version", **asked), "FAILURE")

    assert str(open_version(desk)["name"]) in told


async def test_fields_that_are_on_no_screen_are_named(desk: Desk) -> None:
    asked: Any = {"issueKey": KEY, "fields": {"customfield_1": "x"}}
    told = ended(await desk.do("update_issue", **asked), "FAILURE")

    assert "customfield_1: Field 'customfield_1' cannot be set" in told


@pytest.mark.parametrize("key", ["../../x", "SHOP", "SHOP-1/comment", "*"])
async def test_only_keys_of_issues_reach_jira(desk: Desk, key: str) -> None:
    told = ended(await desk.do("add_comment", issueKey=key, comment="x"), "FAILURE")

    assert "issueKey must be like SHOP-42" in told
    assert writes(desk) == 0
