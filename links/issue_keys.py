"""Find the Jira issues that a release carries or a deployment brought somewhere."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.api import Api
from core.errors import Refused
from core.trouble import UNKNOWN, Missing, current_report, incomplete
from core.types import Item
from core.values import child, objects, text

# Where jira_projects.py leaves what Jira's projects are called: `SHOP=10001 PAY=10002`,
# or that this is still to be learnt. Ids begin with the scope of their site, as they do
# in the catalog: `OPS=emea/10001`.
JIRA_PROJECTS, NOT_YET = "jiraProjects", "?"
NOT_KNOWN = "Jira's project keys are not known yet"
WORK_ITEMS, NOTES, COMMITS, BRANCH = SOURCES = (
    "build-information",
    "release-notes",
    "commits",
    "branch",
)
_OWN = r"([A-Z][A-Z0-9_]*)-[1-9][0-9]{0,9}"
_WORK_ITEM = re.compile(_OWN)
# Anything in the form of a key. One expression that lists the keys of two thousand
# projects would take forty times as long.
_KEY = re.compile(rf"(?<![A-Za-z0-9_]){_OWN}(?![A-Za-z0-9_])")

# The ids of Jira's projects by key; None without Jira, Missing until they are read.
type JiraProjects = Mapping[str, str] | Missing | None
# Finds the issue keys in a text.
type Finder = Callable[[str], Iterator[str]]


def jira_projects(api: Api) -> JiraProjects:
    """Return Jira's projects as far as they are known."""
    known = api.facts.get(JIRA_PROJECTS)
    if known != NOT_YET:
        return None if known is None else project_ids(known)
    missing = current_report().missing
    if JIRA_PROJECTS not in missing:  # logged once in a run
        current_report().lose_value("links to Jira", NOT_KNOWN)
    return missing.setdefault(JIRA_PROJECTS, UNKNOWN)


def project_ids(jira_projects: str) -> dict[str, str]:
    """Return the ids of Jira's projects by their keys."""
    pairs = (pair.partition("=") for pair in jira_projects.split())
    return {key: id_ for key, _, id_ in pairs}


def _known_ids(known: JiraProjects) -> Mapping[str, str]:
    return {} if isinstance(known, Missing) else known or {}


def add_projects(item: Item, keys: list[str], known: JiraProjects) -> Item:
    """Add Jira projects by their keys, and the ids of those that Jira shows."""
    ids = _known_ids(known)
    added = {
        "__jiraProjectKeys": keys,
        "__jiraProjectIds": [ids[key] for key in keys if key in ids],
    }
    unknown = ["__jiraProjectIds"] if keys and isinstance(known, Missing) else []
    return incomplete({**item, **added}, *unknown)


def key_finder(own: str | None, known: JiraProjects) -> Finder | Missing:
    """Return what finds issue keys in texts, Missing until Jira's projects are known.

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
    if isinstance(known, Missing):
        return known
    keys = frozenset(known or ())
    return lambda text: (m[0] for m in _KEY.finditer(text) if m[1] in keys)


def issue_keys(
    changes: list[Item], find: Finder | Missing, known: JiraProjects = None
) -> tuple[list[str], str | None]:
    """Return the issues in some changes, and the surest place of any.

    Issues are named as in the catalog, by their keys behind the scopes of their sites.

    What a build reported as work items is certain, unless Jira has no such project: an
    issue that can't be read would stay empty in the catalog. A build without any has
    its commits read, or else its branch, unless the notes name the issues. A change is
    a release, or an entry of `Changes`. Where texts can't be judged (Missing), work
    items are all.
    """
    in_texts = _nothing if isinstance(find, Missing) else find
    is_ours = _is_in(known)
    found = [
        place for change in changes for place in _of_one(change, in_texts, is_ours)
    ]
    sources = {source for source, keys in found if keys}
    surest = next((source for source in SOURCES if source in sources), None)
    ids = _known_ids(known)
    all_keys = {_scope(key, ids) + key for _, keys in found for key in keys}
    return sorted(all_keys), surest


def projects_in(keys: list[str]) -> list[str]:
    """Return the keys of the projects that issues are in."""
    return sorted({key.rpartition("/")[2].rpartition("-")[0] for key in keys})


def _scope(key: str, ids: Mapping[str, str]) -> str:
    """Return what the identifiers of a project's site begin with."""
    scope, slash, _ = ids.get(key.rpartition("-")[0], "").rpartition("/")
    return scope + slash


def _nothing(text: str) -> Iterator[str]:
    return iter(())


def _is_in(known: JiraProjects) -> Callable[[str], bool]:
    """Return what tells whether a key may be one of Jira's; any if that is unknown."""
    if known is None or isinstance(known, Missing):
        return lambda key: True
    return lambda key: key.rpartition("-")[0] in known


def _of_one(
    change: Item, find: Finder, is_ours: Callable[[str], bool]
) -> list[tuple[str, set[str]]]:
    builds = [change, *_builds(change)]
    reported = [(build, set(filter(is_ours, _work_items(build)))) for build in builds]
    certain = {key for _, keys in reported for key in keys}
    if not certain and (keys := _keys_in([change.get("ReleaseNotes")], find)):
        return [(NOTES, keys)]
    found = [_of_texts(build, find) for build, keys in reported if not keys]
    own = _keys_in([child(change, "VersionControlReference").get("GitRef")], find)
    is_named = certain or any(keys for source, keys in found if source == COMMITS)
    return [(WORK_ITEMS, certain), *found, (BRANCH, set() if is_named else own)]


def _of_texts(build: Item, find: Finder) -> tuple[str, set[str]]:
    """Return what the commits of a build name, or else its branch."""
    comments = [commit.get("Comment") for commit in objects(build.get("Commits"))]
    if keys := _keys_in(comments, find):
        return COMMITS, keys
    return BRANCH, _keys_in([build.get("Branch")], find)


def _builds(change: Item) -> list[Item]:
    """Return the build information: `PackageMetadata` before 2019.10.

    https://github.com/OctopusDeploy/Issues/issues/5885
    """
    names = ("BuildInformation", "PackageMetadata")
    return [build for name in names for build in objects(change.get(name))]


def _work_items(build: Item) -> set[str]:
    """Return the keys of the issues that a build reported: no other trackers' numbers.

    Builds take keys from commits as people write them, and Jira's are in upper case.
    """
    works = objects(build.get("WorkItems"))
    ids = (text(work.get("Id")) for work in works if work.get("Source") == "Jira")
    keys = {id_.strip().upper() for id_ in ids if id_}
    return {key for key in keys if _WORK_ITEM.fullmatch(key)}


def _keys_in(texts: list[Any], find: Finder) -> set[str]:
    return {key for value in texts if text(value) for key in find(value)}
