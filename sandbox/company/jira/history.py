"""What happened to issues: changes, logged work, comments and links."""

from datetime import datetime, timedelta
from itertools import pairwise

from sandbox.company.base import SITE, Draft, Item, jira_time, milliseconds
from sandbox.company.jira import prose
from sandbox.company.jira.issues import issue_reference

# Out of a hundred issues, so many have logged work, comments, a link.
WITH_WORKLOG = 40
WITH_COMMENTS = 35
WITH_LINK = 15


def build_history(draft: Draft) -> None:
    """Add changelogs, worklogs, comments and links to the issues there are."""
    issues = list(draft.jira("issue").values())
    for position, issue in enumerate(issues):
        reporter = issue["fields"]["reporter"]
        people = [issue["fields"]["assignee"] or reporter, reporter]
        _add_changes(draft, issue, people[0])
        if draft.rng.randrange(100) < WITH_WORKLOG:
            _add_worklogs(draft, issue, people)
        if draft.rng.randrange(100) < WITH_COMMENTS:
            _add_comments(draft, issue, people)
        if position and draft.rng.randrange(100) < WITH_LINK:
            other = draft.rng.choice(issues[:position])
            if _is_open(draft, issue) and _is_open(draft, other):
                _add_link(draft, issue, other)
    _add_deleted_worklogs(draft)


def _add_changes(draft: Draft, issue: Item, author: Item) -> None:
    """Add one entry for each step of the issue; `changelog` is keyed by the entry."""
    statuses = draft.jira("status")
    for (_, before), (at, after) in pairwise(draft.steps[issue["id"]]):
        id_ = str(draft.next("change", 20_000))
        items = [_change("status", statuses[before], statuses[after])]
        if statuses[after]["statusCategory"]["key"] == "done":
            chosen = issue["fields"]["resolution"] or draft.jira("resolution")["10000"]
            items.append(_change("resolution", None, chosen))
        draft.jira("changelog")[id_] = {
            "id": id_,
            "author": author,
            "created": jira_time(at),
            "items": items,
            "issueId": issue["id"],
        }


def _change(field: str, before: Item | None, after: Item) -> Item:
    return {
        "field": field,
        "fieldtype": "jira",
        "fieldId": field,
        "from": before and before["id"],
        "fromString": before and before["name"],
        "to": after["id"],
        "toString": after["name"],
    }


def _moment(draft: Draft, issue: Item) -> datetime:
    """Return some moment between the creation and the last change."""
    steps = draft.steps[issue["id"]]
    first, last = steps[0][0], steps[-1][0]
    moment = first + (last - first) * draft.rng.random()
    return moment.replace(microsecond=0)


def _add_worklogs(draft: Draft, issue: Item, people: list[Item]) -> None:
    spent = 0
    for _ in range(draft.rng.randint(1, 3)):
        id_ = str(draft.next("worklog", 30_000))
        hours = draft.rng.randint(1, 7)
        at = _moment(draft, issue)
        spent += hours * 3600
        draft.jira("worklog")[id_] = {
            "self": f"{issue['self']}/worklog/{id_}",
            "author": people[0],
            "updateAuthor": people[0],
            "comment": prose.comment(people[1], "this took a while"),
            "created": jira_time(at),
            "updated": jira_time(at),
            "started": jira_time(at - timedelta(hours=hours)),
            "timeSpent": f"{hours}h",
            "timeSpentSeconds": hours * 3600,
            "id": id_,
            "issueId": issue["id"],
        }
    issue["fields"]["timespent"] = spent


def _add_deleted_worklogs(draft: Draft) -> None:
    for _ in range(5):
        id_ = draft.next("worklog", 30_000)
        at = milliseconds(draft.ago(draft.rng.uniform(1, 60)))
        deleted = {"worklogId": id_, "updatedTime": at, "properties": []}
        draft.jira("deleted-worklog")[str(id_)] = deleted


def _add_comments(draft: Draft, issue: Item, people: list[Item]) -> None:
    for number in range(draft.rng.randint(1, 3)):
        id_ = str(draft.next("comment", 40_000))
        at = _moment(draft, issue)
        author, asked = people[number % 2], people[1 - number % 2]
        body = prose.comment(asked, "what do you think?")
        draft.jira("comment")[id_] = new_comment(id_, issue, author, body, at)


def new_comment(id_: str, issue: Item, author: Item, body: Item, at: datetime) -> Item:
    """Return a comment as the company keeps it: with the id of its issue."""
    return {
        "self": f"{issue['self']}/comment/{id_}",
        "id": id_,
        "author": author,
        "body": body,
        "updateAuthor": author,
        "created": jira_time(at),
        "updated": jira_time(at),
        "jsdPublic": True,
        "issueId": issue["id"],
    }


def _is_open(draft: Draft, issue: Item) -> bool:
    """Tell whether everybody may see an issue: Jira hides links to the others."""
    project = draft.jira("project")[issue["fields"]["project"]["id"]]
    hidden = project["id"] in draft.company.hidden_projects
    return not hidden and not project.get("archived")


def _add_link(draft: Draft, first: Item, second: Item) -> None:
    id_ = str(draft.next("link", 50_000))
    kind = draft.rng.choice(list(draft.jira("issuelinktype").values()))
    draft.jira("issuelink")[id_], own, other = new_link(id_, kind, first, second)
    first["fields"]["issuelinks"].append(own)
    second["fields"]["issuelinks"].append(other)


def new_link(id_: str, kind: Item, inward: Item, outward: Item) -> tuple[Item, ...]:
    """Return a link, and what its inward and its outward issue show of it.

    Each of them shows the other end.
    """
    link = {"id": id_, "self": f"{SITE}/rest/api/3/issueLink/{id_}", "type": kind}
    ends = {
        "inwardIssue": issue_reference(inward),
        "outwardIssue": issue_reference(outward),
    }
    of_outward, of_inward = ({**link, end: shown} for end, shown in ends.items())
    return {**link, **ends}, of_inward, of_outward
