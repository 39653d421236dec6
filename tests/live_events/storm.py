"""A storm of live events of both products: things happen, and are told badly.

What happens is told at least once, some of it twice or three times, in another order,
and among forged events. Whoever re-reads what each event names ends up with the truth.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sandbox.company import Item
from sandbox.company.base import octopus_time, parse_time
from sandbox.events import audit_event, jira_event, octopus_event
from sandbox.servers import Stands

# So that an event that is kept shows in the memory.
BULK = "x" * 80_000
# How far an event may be behind another one that happened later.
DISORDER = 30
TWICE, FORGED = 0.25, 0.06
# Nothing happens to what is older than the integration looks back.
DATES = {"deployments": "Created", "releases": "Assembled"}
TIMES = ("StartTime", "LastUpdatedTime", "CompletedTime")
PLACE = ("ProjectId", "EnvironmentId", "TenantId")
NOT_OLD = timedelta(days=80)


@dataclass(frozen=True)
class Post:
    """One event as it is posted: whereto, what, and with which headers."""

    url: str
    body: bytes
    headers: dict[str, str]
    is_forged: bool = False


class Storm:
    """Changes a company's stand-ins step by step and returns what the vendors post."""

    def __init__(self, stands: Stands, *, seed: int = 7) -> None:
        """Begin once the integration has registered with both vendors."""
        self._stands, self._random = stands, random.Random(seed)
        # Far beyond what the company has by itself.
        self._numbers = count(900_000)
        (self._hook,) = stands.jira.collections["webhook"].values()
        found = stands.octopus.collections["subscriptions"].values()
        self._subscriptions = {s["SpaceId"]: s for s in found}
        self.forged = 0

    def posts(self, number: int) -> Iterator[Post]:
        """Let things happen and yield so many posts, forged and repeated ones too.

        A post is never yielded before what it tells has happened.
        """
        waiting: list[Post] = []
        for _ in range(number):
            while len(waiting) < DISORDER:
                waiting += self._told_somehow()
            yield waiting.pop(self._random.randrange(len(waiting)))
        # Of what happened, nothing may stay untold.
        yield from (post for post in waiting if not post.is_forged)

    def edit_issue(self) -> tuple[str, str, Post]:
        """Edit an issue; return its key, its new summary, and the post about it."""
        issue = self._any_of(self._stands.jira, "issue")
        summary = f"Summary {next(self._numbers)}"
        issue["fields"] = {**issue["fields"], "summary": summary}
        names = ("jira:issue_updated", "comment_created", "comment_deleted")
        return issue["key"], summary, self._issue(self._random.choice(names), issue)

    def rename_machine(self) -> tuple[str, str, Post]:
        """Rename a target; return its id, its new name, and the post about it."""
        machine = self._any_of(self._stands.octopus, "machines")
        machine["Name"] = f"Machine {next(self._numbers)}"
        return machine["Id"], machine["Name"], self._document("Modified", machine)

    def _told_somehow(self) -> Iterator[Post]:
        post = self._something_happens()
        yield post
        if self._random.random() < TWICE:
            yield from [post] * self._random.randint(1, 2)
        if self._random.random() < FORGED:
            self.forged += 1
            yield self._forged()

    def _something_happens(self) -> Post:
        """Let what is frequent happen often, what is rare sometimes."""
        happenings: dict[Callable[[], Post], int] = {
            lambda: self.edit_issue()[-1]: 40,
            self._move_issue: 4,
            self._create_issue: 4,
            self._delete_issue: 2,
            self._go_on_with_sprint: 6,
            lambda: self._rename_in_jira("version", "jira:version_updated"): 4,
            lambda: self._rename_in_jira("board", "board_updated"): 2,
            self._go_on_with_deployment: 30,
            self._deploy_again: 8,
            lambda: self.rename_machine()[-1]: 6,
            self._describe_environment: 2,
            self._annotate_release: 4,
            self._delete_machine: 1,
        }
        (happen,) = self._random.choices([*happenings], [*happenings.values()])
        return happen()

    def _any_of(self, stand: Any, collection: str) -> Item:
        """Return a copy of any visible item, stored in the place of the item."""
        found = stand.visible(collection)
        if collection in ("issue", "version"):
            found = [item for item in found if self._is_in_sight(item)]
        if date := DATES.get(collection):
            since = self._stands.company.now - NOT_OLD
            found = [item for item in found if parse_time(item[date]) > since]
        old, all_ = self._random.choice(found), stand.collections[collection]
        key = next(key for key, item in all_.items() if item is old)
        new = {**old}
        stand.put(collection, key, new)
        return new

    def _is_in_sight(self, item: Item) -> bool:
        """Tell whether an item is to be done, in a project that is there for all."""
        status = item.get("fields", {}).get("status", {}).get("statusCategory", {})
        if status.get("key") == "done":
            return False
        id_ = item.get("projectId") or item["fields"]["project"]["id"]
        projects = self._stands.jira.visible("project")
        return any(p["id"] == str(id_) and not p.get("archived") for p in projects)

    def _move_issue(self) -> Post:
        """Give an issue another key, as a move does."""
        issue = self._any_of(self._stands.jira, "issue")
        old, project = issue["key"], issue["key"].partition("-")[0]
        issue["key"] = f"{project}-{next(self._numbers)}"
        change = {"field": "Key", "fromString": old, "toString": issue["key"]}
        return self._issue(
            "jira:issue_updated", issue, changelog={"id": "1", "items": [change]}
        )

    def _create_issue(self) -> Post:
        issue = self._any_of(self._stands.jira, "issue")
        number, project = next(self._numbers), issue["key"].partition("-")[0]
        issue = {**issue, "id": str(number), "key": f"{project}-{number}"}
        self._stands.jira.put("issue", issue["id"], issue)
        return self._issue("jira:issue_created", issue)

    def _delete_issue(self) -> Post:
        issue = self._any_of(self._stands.jira, "issue")
        self._stands.jira.delete("issue", issue["id"])
        return self._issue("jira:issue_deleted", issue)

    def _go_on_with_sprint(self) -> Post:
        sprint = self._any_of(self._stands.jira, "sprint")
        sprint["name"] = f"Sprint {next(self._numbers)}"
        return self._of_jira("sprint_started", sprint={"id": sprint["id"]})

    def _rename_in_jira(self, kind: str, name: str) -> Post:
        item = self._any_of(self._stands.jira, kind)
        item["name"] = f"{kind} {next(self._numbers)}"
        return self._of_jira(name, **{kind: {"id": item["id"]}})

    def _go_on_with_deployment(self) -> Post:
        """Change the state of the last one in its place: those before it are over."""
        octopus = self._stands.octopus
        place, last = self._any_of(octopus, "deployments"), {}
        for deployment in octopus.collections["deployments"].values():
            if all(deployment[name] == place[name] for name in PLACE):
                last[deployment["Created"]] = deployment
        deployment = last[max(last)]
        task = octopus.collections["tasks"].get(deployment["TaskId"])
        states = ("Executing", "Failed", "Success")
        if task is not None:
            own = dict.fromkeys(TIMES, octopus_time(datetime.now(UTC)))
            own["State"] = self._random.choice(states)
            octopus.put("tasks", task["Id"], {**task, **own})
        return self._execution("DeploymentStarted", deployment)

    def _deploy_again(self) -> Post:
        octopus, number = self._stands.octopus, next(self._numbers)
        pattern = self._any_of(octopus, "deployments")
        task = octopus.collections["tasks"].get(pattern["TaskId"])
        created = octopus_time(datetime.now(UTC))
        deployment = {**pattern, "Id": f"Deployments-{number}", "Created": created}
        if task is not None:
            id_ = deployment["TaskId"] = f"ServerTasks-{number}"
            own = {"Id": id_, "Arguments": {"DeploymentId": deployment["Id"]}}
            octopus.put("tasks", id_, {**task, **own, "State": "Executing"})
        octopus.put("deployments", deployment["Id"], deployment)
        return self._execution("DeploymentQueued", deployment)

    def _annotate_release(self) -> Post:
        release = self._any_of(self._stands.octopus, "releases")
        release["ReleaseNotes"] = f"Notes {next(self._numbers)}"
        return self._document("Modified", release)

    def _describe_environment(self) -> Post:
        environment = self._any_of(self._stands.octopus, "environments")
        environment["Description"] = f"Place {next(self._numbers)}"
        return self._document("Modified", environment)

    def _delete_machine(self) -> Post:
        machine = self._any_of(self._stands.octopus, "machines")
        if len(self._stands.octopus.collections["machines"]) > 1:
            self._stands.octopus.delete("machines", machine["Id"])
            return self._document("Deleted", machine)
        return self._document("Modified", machine)

    def _issue(self, name: str, issue: Item, **more: Item) -> Post:
        subject = {part: issue[part] for part in ("id", "key", "fields")}
        return self._of_jira(name, issue=subject, **more)

    def _of_jira(self, name: str, **subject: Any) -> Post:
        event = jira_event(self._hook, name, bulk=BULK, **subject)
        return Post(self._hook["url"], *event)

    def _execution(self, category: str, item: Item) -> Post:
        names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId", "TenantId")
        related = tuple(item[name] for name in names if item[name])
        return self._of_octopus(category, item["SpaceId"], related)

    def _document(self, category: str, item: Item) -> Post:
        related = (item["Id"], *item.get("EnvironmentIds", []))
        return self._of_octopus(category, item["SpaceId"], related, item["Id"])

    def _of_octopus(
        self,
        category: str,
        space: str,
        ids: tuple[str, ...],
        context: str | None = None,
    ) -> Post:
        event = audit_event(next(self._numbers), category, space, ids, context)
        subscription = self._subscriptions[space]
        url = subscription["EventNotificationSubscription"]["WebhookURI"]
        return Post(url, *octopus_event(subscription, {**event, "Message": BULK}))

    def _forged(self) -> Post:
        """Return a deletion that never was, with a wrong signature or none."""
        project = self._any_of(self._stands.jira, "project")
        place = self._any_of(self._stands.octopus, "environments")
        of_jira = self._of_jira("project_deleted", project=project)
        genuine = self._random.choice([of_jira, self._document("Deleted", place)])
        wrong = {name: "sha256=" + "0" * 64 for name in genuine.headers}
        headers = self._random.choice([wrong, {}])
        return replace(genuine, headers=headers, is_forged=True)
