"""Releases of every project, oldest first, with what they carry."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.hard_cases import CARRIED, carry_cases
from sandbox.company.octopus.links import (
    BRANCH,
    COMMITS,
    NOTES,
    WORK_ITEMS,
    Deliveries,
    build_information,
    release_notes,
    work_item,
)
from sandbox.company.octopus.projects import SEARCH, WEB_SHOP, Cast, casts
from sandbox.company.octopus.spaces import add
from sandbox.company.octopus.story import BEFORE_HOTFIX, EXAMPLE_VERSION

OLDEST_DAYS, YOUNGEST_DAYS = 140.0, 0.5
# The web shop needs so many releases for its story to be told.
STORY_RELEASES = 18
# Which of the search's releases, counted from the last, name issues in which way.
AWKWARD = {2: NOTES, 3: COMMITS, 4: BRANCH}


@dataclass(frozen=True)
class Plan:
    """Tell when which version of a project is assembled, and how it names issues."""

    at: datetime
    project: Item
    cast: Cast
    version: str
    channel: str = "Default"
    how: str = WORK_ITEMS


def build_releases(draft: Draft) -> None:
    """Add the releases in the order of their time, so that ids grow with it."""
    projects = list(draft.octopus("projects").values())
    everyone = casts(draft)
    counts = _counts(draft, everyone)
    plans = [
        plan
        for cast, project, count in zip(everyone, projects, counts, strict=True)
        for plan in _plans(draft, cast, project, count)
    ]
    deliveries = Deliveries(draft)
    aside = deliveries.set_aside(len(CARRIED))
    for plan in sorted(plans, key=lambda plan: plan.at):
        needed = plan.cast.name in (WEB_SHOP, SEARCH)
        issues = deliveries.take(plan.cast.jira_key, plan.at, at_least=needed)
        _remember(draft, plan, _add_release(draft, plan, issues), issues)
    carry_cases(draft, aside)


def _counts(draft: Draft, everyone: list[Cast]) -> list[int]:
    """Share the wanted number among the projects; the web shop gets the most."""
    total = draft.size.releases
    first = max(total // (len(everyone) + 1) * 2, STORY_RELEASES)
    each, over = divmod(total - first, max(len(everyone) - 1, 1))
    return [first, *(each + (n < over) for n in range(len(everyone) - 1))]


def _plans(draft: Draft, cast: Cast, project: Item, count: int) -> list[Plan]:
    step = (OLDEST_DAYS - YOUNGEST_DAYS) / max(count, 1)
    plans = []
    hotfix = cast.name == WEB_SHOP
    suffix = "+build.{}" if cast.name == "Mobile Backend" else ""
    for number in range(count - hotfix):
        at = draft.ago(OLDEST_DAYS - step * (number + draft.rng.uniform(0.3, 0.7)))
        version = f"2.{number // 3}.{number % 3}" + suffix.format(number)
        how = WORK_ITEMS
        if cast.name == SEARCH:
            how = AWKWARD.get(count - number, WORK_ITEMS)
        plans.append(Plan(at, project, cast, version, how=how))
        if hotfix and version == BEFORE_HOTFIX:
            later = at + timedelta(hours=10)
            name = f"{version}-hotfix.1"
            plans.append(Plan(later, project, cast, name, channel="Hotfix"))
    return plans


def _add_release(draft: Draft, plan: Plan, issues: list[Item]) -> Item:
    project, how = plan.project, plan.how
    information = build_information(draft, project["Name"], plan.version, issues, how)
    release = add(
        draft,
        "Releases",
        project["SpaceId"],
        plan.version,
        web=f"{project['SpaceId']}/releases/{{}}",
        ProjectId=project["Id"],
        ChannelId=draft.channels[project["Id"], plan.channel]["Id"],
        Version=plan.version,
        Assembled=octopus_time(plan.at),
        ReleaseNotes=release_notes(issues, how),
        SelectedPackages=[_package(plan.version)],
        BuildInformation=information,
        VersionControlReference=_commit(project, information),
    )
    return release


def _package(version: str) -> Item:
    return {"ActionName": "Deploy", "PackageReferenceName": "", "Version": version}


def _commit(project: Item, information: list[Item]) -> Item | None:
    """Return what a project in Git is released from."""
    if not project["IsVersionControlled"]:
        return None
    return {
        "GitRef": "refs/heads/main",
        "GitCommit": information[0]["VcsCommitNumber"],
        "VariablesGitCommit": None,
    }


def _remember(draft: Draft, plan: Plan, release: Item, issues: list[Item]) -> None:
    """Note the releases that tell a story."""
    cases = draft.company.cases
    if plan.how != WORK_ITEMS:
        cases[f"issues only in {plan.how}"] = release["Id"]
    if plan.cast.name != WEB_SHOP:
        return
    if plan.channel == "Hotfix":
        cases["hotfix release"] = release["Id"]
    if plan.version == EXAMPLE_VERSION:
        cases["example release"] = release["Id"]
        cases["example issue"] = issues[0]["key"]
        _add_hidden_issue(draft, release)


def _add_hidden_issue(draft: Draft, release: Item) -> None:
    """Let the release also carry an issue of a project that the token can't see."""
    hidden = draft.company.hidden_projects
    issue = next(
        issue
        for issue in draft.jira("issue").values()
        if issue["fields"]["project"]["id"] in hidden
    )
    release["BuildInformation"][0]["WorkItems"].append(work_item(issue))
    draft.company.cases["hidden issue"] = issue["key"]
