"""What belongs to the issues of the company: links, changes, worklogs, backlogs.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.company.jira.catalog import SPRINT

# Worklogs are read so far back.
WORKLOG_AGE = timedelta(days=90)


def links(issues: Iterable[Item]) -> Iterator[Item]:
    """Yield the links of issues, each once, with the keys of both ends."""
    found = {}
    for issue in issues:
        for link in issue["fields"]["issuelinks"]:
            other = link.get("outwardIssue") or link["inwardIssue"]
            ends = [issue["key"], other["key"]]
            source, target = ends if "outwardIssue" in link else ends[::-1]
            found[link["id"]] = {**link, "source": source, "target": target}
    yield from found.values()


def changes(company: Company, issues: Iterable[Item]) -> Iterator[Item]:
    """Yield the changes of the status of issues, with the key of the issue."""
    keys = {issue["id"]: issue["key"] for issue in issues}
    for change in company.jira["changelog"].values():
        steps = [step for step in change["items"] if step["field"] == "status"]
        if steps and change["issueId"] in keys:
            yield {**change, "key": keys[change["issueId"]], "step": steps[0]}


def worklogs(company: Company, issues: Iterable[Item]) -> Iterator[Item]:
    """Yield what was logged lately on issues, with the key of the issue."""
    keys = {issue["id"]: issue["key"] for issue in issues}
    for worklog in company.jira["worklog"].values():
        is_recent = parse_time(worklog["updated"]) >= company.now - WORKLOG_AGE
        if is_recent and worklog["issueId"] in keys:
            yield {**worklog, "key": keys[worklog["issueId"]]}


def backlogs(company: Company, issues: Iterable[Item]) -> Iterator[Item]:
    """Yield what waits in the backlog of a board, once for each board."""
    waiting = [issue for issue in issues if _waits(issue)]
    for board, projects in company.board_projects.items():
        if company.board_types[board] == "kanban":
            continue
        for issue in waiting:
            if issue["fields"]["project"]["id"] in projects:
                yield {**issue, "board": board}


def _waits(issue: Item) -> bool:
    fields = issue["fields"]
    sprints = fields.get(SPRINT) or []
    is_planned = any(sprint["state"] != "closed" for sprint in sprints)
    is_done = fields["status"]["statusCategory"]["key"] == "done"
    is_ordinary = fields["issuetype"]["hierarchyLevel"] == 0
    return is_ordinary and not is_planned and not is_done
