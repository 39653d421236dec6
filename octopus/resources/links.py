"""Find the Jira issues that a release carries or a deployment brought somewhere."""

import re
from collections.abc import Iterator
from typing import Any

from core.errors import Refused
from core.types import Item

# Where main.py leaves the keys of Jira's projects, separated by blanks.
PROJECT_KEYS = "jiraProjectKeys"
_NOT_BEFORE, _NOT_AFTER = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_])"


def key_pattern(own: str | None, project_keys: str | None) -> re.Pattern[str] | None:
    """Return what issue keys look like in texts, or None when nobody knows.

    `own` is the selector's expression; else only keys of Jira's own projects count, for
    `UTF-8` and `SHA-256` look like keys, too.
    """
    if own is not None:
        try:
            return re.compile(own)
        except re.error as error:
            raise Refused(f"selector.issueKeyPattern is no pattern: {error}") from error
    if not project_keys:
        return None
    keys = "|".join(map(re.escape, project_keys.split()))
    return re.compile(rf"{_NOT_BEFORE}(?:{keys})-[1-9][0-9]{{0,9}}{_NOT_AFTER}")


def issue_keys(
    changes: list[Item], pattern: re.Pattern[str] | None
) -> tuple[list[str], str | None]:
    """Return the keys of the issues in some changes, and where they were found.

    What a build reported as work items is certain; else the first of notes, commits and
    branches that names any. A change is a release, or an entry of `Changes`.
    """
    found = _unique(key for change in changes for key in _work_items(change))
    if found or pattern is None:
        return found, "build-information" if found else None
    for source, texts in (
        ("release-notes", _notes),
        ("commits", _commits),
        ("branch", _branches),
    ):
        words = (text for change in changes for text in texts(change))
        found = _unique(match[0] for text in words for match in pattern.finditer(text))
        if found:
            return found, source
    return [], None


def _unique(keys: Iterator[str]) -> list[str]:
    return sorted(set(keys))


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
