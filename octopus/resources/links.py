"""Find the Jira issues that a release carries or a deployment brought somewhere."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from core.errors import Refused, Unavailable
from core.types import Api, Item

# Where jira_projects.py leaves what Jira's projects are called: `SHOP=10001 PAY=10002`,
# or that this is still to be learnt.
JIRA_PROJECTS, NOT_YET = "jiraProjects", "?"
WORK_ITEMS = "build-information"
# Anything in the form of a key. One expression that lists the keys of two thousand
# projects would take forty times as long.
_KEY = re.compile(r"(?<![A-Za-z0-9_])([A-Z][A-Z0-9_]*)-[1-9][0-9]{0,9}(?![A-Za-z0-9_])")

# Finds the issue keys in a text.
type Finder = Callable[[str], Iterator[str]]


def jira_projects(api: Api) -> str | None:
    """Return Jira's projects, None without Jira; raise Unavailable until it told them.

    Without them links would look as if they were gone.
    """
    known = api.facts.get(JIRA_PROJECTS)
    if known == NOT_YET:
        raise Unavailable("Octopus waits for Jira to tell its projects' keys")
    return known


def project_ids(jira_projects: str | None) -> dict[str, str]:
    """Return the ids of Jira's projects by their keys."""
    pairs = (pair.partition("=") for pair in (jira_projects or "").split())
    return {key: id_ for key, _, id_ in pairs}


def add_projects(item: Item, keys: list[str], ids: dict[str, str]) -> Item:
    """Add Jira projects by their keys, and the ids of those that Jira shows."""
    known = [ids[key] for key in keys if key in ids]
    return {**item, "__jiraProjectKeys": keys, "__jiraProjectIds": known}


def key_finder(own: str | None, jira_projects: str | None) -> Finder:
    """Return what finds issue keys in texts.

    `own` is the selector's expression, whose first group is the key if it has any; else
    only keys of Jira's own projects count, for `UTF-8` and `SHA-256` look like keys,
    too. Without either, nothing is found.
    """
    if own is not None:
        try:
            pattern = re.compile(own)
        except re.error as error:
            raise Refused(f"selector.issueKeyPattern is no pattern: {error}") from error
        group = min(pattern.groups, 1)
        return lambda text: (m[group] for m in pattern.finditer(text) if m[group])
    known = frozenset(project_ids(jira_projects))
    return lambda text: (m[0] for m in _KEY.finditer(text) if m[1] in known)


def issue_keys(changes: list[Item], find: Finder) -> tuple[list[str], str | None]:
    """Return the keys of the issues in some changes, and the surest place of any.

    What a build reported as work items is certain; else the first of notes, commits and
    branches that names any. A change is a release, or an entry of `Changes`.
    """
    found = [_of_one(change, find) for change in changes]
    sources = {source for keys, source in found if keys}
    surest = next((s for s in (WORK_ITEMS, *_TEXTS) if s in sources), None)
    return sorted(set().union(*(keys for keys, _ in found))), surest


def _of_one(change: Item, find: Finder) -> tuple[set[str], str]:
    if keys := set(_work_items(change)):
        return keys, WORK_ITEMS
    for source, texts in _TEXTS.items():
        if keys := {key for text in texts(change) for key in find(text)}:
            return keys, source
    return set(), ""


def _builds(change: Item) -> list[Item]:
    return [change, *(change.get("BuildInformation") or [])]


def _work_items(change: Item) -> Iterator[str]:
    for build in _builds(change):
        for work in build.get("WorkItems") or []:
            if work.get("Source") == "Jira" and work.get("Id"):
                yield str(work["Id"])


def _notes(change: Item) -> Iterator[str]:
    yield str(change.get("ReleaseNotes") or "")


def _commits(change: Item) -> Iterator[str]:
    for build in _builds(change):
        for commit in build.get("Commits") or []:
            yield str(_comment(commit) or "")


def _comment(commit: Any) -> Any:
    return commit.get("Comment") if isinstance(commit, dict) else None


def _branches(change: Item) -> Iterator[str]:
    reference = change.get("VersionControlReference") or {}
    yield str(reference.get("GitRef") or "")
    for build in _builds(change):
        yield str(build.get("Branch") or "")


# Texts that may name issues, the surest first.
_TEXTS: dict[str, Callable[[Item], Iterator[str]]] = {
    "release-notes": _notes,
    "commits": _commits,
    "branch": _branches,
}
