"""Approvals, freezes and the audit trail."""

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.projects import WEB_SHOP
from sandbox.company.octopus.spaces import environment_id, plain, slug
from sandbox.company.octopus.tasks import interruption_of, related_to

HUB_BRANCH = "refs/heads/main"

# The audit trail of a big server is longer than anybody reads.
MOST_EVENTS = 2000
ENDINGS = {
    "Success": "DeploymentSucceeded",
    "Failed": "DeploymentFailed",
    "Canceled": "TaskCanceled",
    "TimedOut": "DeploymentFailed",
    "Executing": "DeploymentStarted",
    "Queued": "DeploymentQueued",
    "Cancelling": "DeploymentStarted",
}


def build_oversight(draft: Draft) -> None:
    """Add interruptions, freezes and events."""
    _add_interruptions(draft)
    _add_approvals(draft)
    _add_freezes(draft)
    _add_hub(draft)
    _add_events(draft)


def _add_interruptions(draft: Draft) -> None:
    """Add the approval that was given, and one that is awaited."""
    for deployment, pending in _approved(draft):
        id_ = f"Interruptions-{draft.next('Interruptions')}"
        draft.octopus("interruptions")[id_] = interruption_of(
            id_,
            draft.octopus("tasks")[deployment["TaskId"]],
            f"teams-spacemanagers-{deployment['SpaceId']}",
            Title="Approve the deployment to Production",
            Created=deployment["Created"],
            IsPending=pending,
            RelatedDocumentIds=related_to(deployment),
            ResponsibleUserId=None if pending else "Users-1",
            CanTakeResponsibility=pending,
            Form={"Values": {"Instructions": None, "Notes": None}, "Elements": []},
        )


def _approved(draft: Draft) -> list[tuple[Item, bool]]:
    """Return a deployment that was approved and one that waits; and if it does."""
    deployments = draft.octopus("deployments")
    given = deployments[draft.company.example.deployment_id]
    return [(given, False), (deployments[draft.company.cases["approval"]], True)]


def _add_approvals(draft: Draft) -> None:
    """Add the approval that is awaited before a start, and one that was given."""
    for number, (deployment, pending) in enumerate(_approved(draft), 1):
        id_, space_id = f"ServerTaskApprovals-{number}", deployment["SpaceId"]
        draft.octopus("servertaskapprovals")[id_] = {
            **plain("servertaskapprovals"),
            "Id": id_,
            "ServerTaskId": deployment["TaskId"],
            "SpaceId": space_id,
            "ChangeRequest": {
                "Id": f"446dd494-3f20-45de-8a22-f47159e4b93{number}",
                "Number": f"OCT27214{number}",
                "Description": f"Octopus: {deployment['Name']}",
                "Active": pending,
                "Type": None,
                "ChangeRequestApprovalState": "PreApproval" if pending else "Approved",
                "Self": None,
            },
        }
    awaiting = draft.octopus("tasks")[deployment["TaskId"]]
    awaiting |= {
        "HasPendingPreconditions": True,
        "PendingPreconditionTypes": ["Approval"],
    }


def _add_hub(draft: Draft) -> None:
    """Add what Platform Hub keeps in Git, which has slugs for ids."""
    for name in ("Deployments need an approval", "Packages are signed"):
        draft.octopus("policies")[slug(name)] = {
            **plain("policies"),
            "Slug": slug(name),
            "Name": name,
        }
    for name in ("Deploy to Kubernetes", "Notify"):
        draft.octopus("processtemplates")[slug(name)] = {
            **plain("processtemplates"),
            "Id": slug(name),
            "Slug": slug(name),
            "Name": name,
            "Steps": [{"Name": name, "Actions": []}],
        }


def _add_freezes(draft: Draft) -> None:
    """Add a freeze that is over, one in force and one to come; they span spaces."""
    shop = next(p for p in draft.octopus("projects").values() if p["Name"] == WEB_SHOP)
    production = environment_id(draft, shop["SpaceId"], "Production")
    schedule = {"Type": "Annually", "Unit": 1, "EndType": "Never"}
    for name, start, end, recurring in (
        ("Summer sale", 90, 80, None),
        ("Stocktaking", 0.5, -0.5, None),
        ("Christmas", -20, -32, schedule),
    ):
        id_ = f"DeploymentFreezes-{draft.next('DeploymentFreezes')}"
        draft.octopus("deploymentfreezes")[id_] = {
            **plain("deploymentfreezes"),
            "Id": id_,
            "Name": name,
            "Description": f"No deployments to production: {name.lower()}",
            "Start": octopus_time(draft.ago(start)),
            "End": octopus_time(draft.ago(end)),
            "ProjectEnvironmentScope": {shop["Id"]: [production]},
            "RecurringSchedule": recurring,
        }


def _add_events(draft: Draft) -> None:
    """Add the audit trail of the latest releases and deployments."""
    tasks = draft.octopus("tasks")
    entries: list[tuple[str, str, Item]] = [
        (release["Assembled"], "Created", release)
        for release in draft.octopus("releases").values()
    ]
    for deployment in draft.octopus("deployments").values():
        task = tasks.get(deployment["TaskId"])
        if task is not None:
            at = task["CompletedTime"] or task["LastUpdatedTime"]
            entries.append((at, ENDINGS[task["State"]], deployment))
    entries.sort(key=lambda entry: entry[0])
    for at, category, item in entries[-MOST_EVENTS:]:
        id_ = f"Events-{draft.next('Events')}"
        draft.octopus("events")[id_] = _event(id_, at, category, item)


def _event(id_: str, at: str, category: str, item: Item) -> Item:
    """Return an audit entry about an item, as Octopus words it."""
    related = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId", "ChannelId")
    name = item.get("Name") or item.get("Version") or item["Id"]
    message = f"{name} {category}"
    reference = {"StartIndex": 0, "Length": len(name)}
    return {
        **plain("events"),
        "Id": id_,
        "Category": category,
        "SpaceId": item.get("SpaceId"),
        "RelatedDocumentIds": [item[key] for key in related if item.get(key)],
        "Occurred": at,
        "Message": message,
        "MessageHtml": message,
        "MessageReferences": [{"ReferencedDocumentId": item["Id"], **reference}],
        "Links": {"Self": f"/api/events/{id_}"},
    }
