"""How releases name the Jira issues that they carry: well, badly, or not at all."""

from collections import deque
from datetime import datetime

from sandbox.company.base import SITE, Draft, Item, parse_time
from sandbox.company.octopus.spaces import slug

# A release carries at most so many issues.
ISSUES_PER_RELEASE = 4
# Which Jira projects have issues for the cases that are hard to tell.
SET_ASIDE_FROM = ("PAY", "MOB", "OPS", "DATA")
GIT = "https://git.webshop.example"
# The ways of naming an issue; ordinary releases have work items.
WORK_ITEMS, NOTES, COMMITS, BRANCH = "work items", "notes", "commits", "branch"


class Deliveries:
    """Hand out finished issues to the releases that follow."""

    def __init__(self, draft: Draft) -> None:
        """Queue the done issues of each Jira project, first done first."""
        self._queues: dict[str, deque[tuple[datetime, Item]]] = {}
        self._latest: dict[str, Item] = {}
        done = [
            (parse_time(issue["fields"]["resolutiondate"]), issue)
            for issue in draft.jira("issue").values()
            if issue["fields"]["resolutiondate"]
            and issue["fields"]["resolution"]["name"] == "Done"
            and issue["fields"]["issuetype"]["hierarchyLevel"] == 0
        ]
        for at, issue in sorted(done, key=lambda entry: entry[0]):
            key = issue["key"].rpartition("-")[0]
            self._queues.setdefault(key, deque()).append((at, issue))

    def set_aside(self, count: int) -> list[Item]:
        """Return what got done first outside of the web shop; it is not taken then."""
        done = sorted(
            (entry for key in SET_ASIDE_FROM for entry in self._queues.get(key, ())),
            key=lambda entry: entry[0],
        )
        for entry in done[:count]:
            self._queues[entry[1]["key"].rpartition("-")[0]].remove(entry)
        return [issue for _, issue in done[:count]]

    def take(self, key: str, before: datetime, *, at_least: int = 0) -> list[Item]:
        """Return what got done before a release and wasn't delivered yet.

        Where there is too little, the latest delivered issue is delivered again.
        """
        queue = self._queues.get(key, deque())
        taken: list[Item] = []
        while queue and queue[0][0] < before and len(taken) < ISSUES_PER_RELEASE:
            taken.append(queue.popleft()[1])
        if taken:
            self._latest[key] = taken[-1]
        elif at_least and key in self._latest:
            taken.append(self._latest[key])
        return taken


def build_information(
    draft: Draft, project: str, version: str, issues: list[Item], how: str = WORK_ITEMS
) -> list[Item]:
    """Return the build information of a release, which names the issues in some way."""
    package = slug(project)
    commit = f"{draft.rng.getrandbits(160):040x}"
    keys = [issue["key"] for issue in issues]
    branch = f"feature/{keys[0]}-rework" if how == BRANCH and keys else "main"
    return [
        {
            "PackageId": f"Webshop.{package}",
            "Version": version,
            "BuildEnvironment": "GitHub Actions",
            "BuildNumber": str(draft.next("build", 1000)),
            "BuildUrl": f"{GIT}/{package}/actions/{draft.numbers['build']}",
            "Branch": branch,
            "VcsType": "Git",
            "VcsRoot": f"{GIT}/{package}.git",
            "VcsCommitNumber": commit,
            "VcsCommitUrl": f"{GIT}/{package}/commit/{commit}",
            "WorkItems": list(map(work_item, issues)) if how == WORK_ITEMS else [],
            "Commits": _commits(draft, package, issues, how),
        }
    ]


def work_item(issue: Item) -> Item:
    """Return an issue as Octopus' Jira extension writes it."""
    return {
        "Id": issue["key"],
        "LinkUrl": f"{SITE}/browse/{issue['key']}",
        "Source": "Jira",
        "Description": issue["fields"]["summary"],
    }


def _commits(draft: Draft, package: str, issues: list[Item], how: str) -> list[Item]:
    messages = [f"Bump dependencies to UTF-8 and CVE-2026-{draft.numbers['build']}"]
    if how in (WORK_ITEMS, COMMITS):
        messages += [f"{i['key']}: {i['fields']['summary']}" for i in issues]
    ids = [f"{draft.rng.getrandbits(160):040x}" for _ in messages]
    return [
        {"Id": id_, "LinkUrl": f"{GIT}/{package}/commit/{id_}", "Comment": message}
        for id_, message in zip(ids, messages, strict=True)
    ]


def release_notes(issues: list[Item], how: str) -> str | None:
    """Return the notes of a release; only some name issues."""
    if how == NOTES:
        lines = [f"- {i['key']} {i['fields']['summary']}" for i in issues]
        return "\n".join(["## What is new", *lines])
    return "## What is new\n\nSmall improvements." if how == BRANCH else None
