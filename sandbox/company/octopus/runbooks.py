"""Runbooks in the database and in Git, and their runs."""

from sandbox.company.base import Draft, Item
from sandbox.company.octopus.spaces import PATH, add, environment_id, plain, slug
from sandbox.company.octopus.tasks import (
    add_housekeeping,
    add_task,
    by_user,
    execution_of,
)

RUNBOOKS = ("Restart", "Restore backup", "Rotate certificates")
RUNS = 40


def build_runbooks(draft: Draft) -> None:
    """Add runbooks to some projects, and runs of those in the database."""
    for number, project in enumerate(draft.octopus("projects").values()):
        if project["IsVersionControlled"]:
            _add_git_runbooks(draft, project)
        elif number % 4 == 0 and number < 40:
            for name in RUNBOOKS:
                _add_runbook(draft, project, name)
    runbooks = list(draft.octopus("runbooks").values())
    for age in sorted((draft.rng.uniform(0.1, 120) for _ in range(RUNS)), reverse=True):
        _add_run(draft, draft.rng.choice(runbooks), age)
    add_housekeeping(draft)


def _add_runbook(draft: Draft, project: Item, name: str) -> None:
    id_ = f"Runbooks-{draft.next('Runbooks')}"
    snapshot = f"RunbookSnapshots-{draft.next('RunbookSnapshots')}"
    space_id = project["SpaceId"]
    add(
        draft,
        "Runbooks",
        space_id,
        name,
        id_=id_,
        ProjectId=project["Id"],
        **_details(name),
        PublishedRunbookSnapshotId=snapshot,
        RunbookProcessId=f"RunbookProcess-{id_}",
    )


def _details(name: str) -> Item:
    what = f"{name}, without waking anybody"
    return {"Slug": slug(name), "Description": what}


def _add_git_runbooks(draft: Draft, project: Item) -> None:
    """Add runbooks whose ids are slugs, hence the same in every project."""
    for name in RUNBOOKS[:2]:
        id_ = slug(name)
        path = f"projects/{project['Id']}/refs%2Fheads%2Fmain/runbooks/{id_}"
        draft.octopus("gitrunbooks")[f"{project['Id']}/{id_}"] = {
            **plain("runbooks"),
            "Id": id_,
            "SpaceId": project["SpaceId"],
            "ProjectId": project["Id"],
            "Name": name,
            **_details(name),
            "GitRef": "refs/heads/main",
            "Links": {"Self": f"/api/{project['SpaceId']}/{path}"},
        }


def _add_run(draft: Draft, runbook: Item, age: float) -> None:
    space_id, environment = runbook["SpaceId"], draft.rng.choice(PATH)
    name = f"{runbook['Name']} on {environment}"
    id_ = f"RunbookRuns-{draft.next('RunbookRuns')}"
    state = draft.rng.choices(("Success", "Failed", "Canceled"), (20, 2, 1))[0]
    if draft.numbers["RunbookRuns"] == RUNS:
        state = "Executing"
    task = add_task(
        draft,
        space_id,
        "RunbookRun",
        f"Run runbook {name}",
        queued=draft.ago(age),
        state=state,
        ProjectId=runbook["ProjectId"],
        Arguments={"RunbookRunId": id_},
    )
    draft.octopus("runbookRuns")[id_] = execution_of(
        "runbookRuns",
        id_,
        f"Run {name}",
        task,
        **by_user(5),
        RunbookId=runbook["Id"],
        RunbookName=runbook["Name"],
        RunbookSnapshotId=runbook["PublishedRunbookSnapshotId"],
        EnvironmentId=environment_id(draft, space_id, environment),
        TenantId=None,
        FailureEncountered=state == "Failed",
    )
