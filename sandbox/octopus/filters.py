"""What the query of a list may narrow, as small functions of item and wanted values."""

from collections.abc import Callable, Iterable

from sandbox.company import Company, Item
from sandbox.company.base import parse_time

# Tells whether an item fits one of the wanted values.
type Filter = Callable[[Item, list[str], Company], bool]


def one_of(field: str) -> Filter:
    """Keep items whose field is one of the values."""
    return lambda item, wanted, _: item.get(field) in wanted


def any_of(field: str) -> Filter:
    """Keep items whose list, or object by keys, holds one of the values."""
    return lambda item, wanted, _: not set(wanted).isdisjoint(item.get(field) or ())


def contains(field: str = "Name") -> Filter:
    """Keep items whose field contains a value, whatever the case."""

    def fits(item: Item, wanted: list[str], company: Company) -> bool:
        text = (item.get(field) or "").casefold()
        return any(part.casefold() in text for part in wanted)

    return fits


def flag(field: str) -> Filter:
    """Keep items whose field is true, or false, as asked."""
    return lambda item, wanted, _: bool(item.get(field)) == (wanted[0] == "true")


def since(field: str) -> Filter:
    """Keep items whose time is at or after the value."""
    return lambda item, wanted, _: _compare(item.get(field), wanted[0]) >= 0


def until(field: str) -> Filter:
    """Keep items whose time is before the value."""
    return lambda item, wanted, _: _compare(item.get(field), wanted[0]) < 0


def _compare(text: str | None, bound: str) -> float:
    """Return the seconds from a bound to a time; what has no time fits no bound."""
    if not text:
        return float("nan")
    return (parse_time(text) - parse_time(bound)).total_seconds()


def task_state(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep executions whose task is in one of the states."""
    task = company.octopus["tasks"].get(item.get("TaskId") or "")
    return task is not None and task["State"] in wanted


def task_is_active(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep tasks that have not ended, or have, as asked."""
    return bool(item["IsCompleted"]) != (wanted[0] == "true")


def task_is_running(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep tasks that a node works on, or the others, as asked."""
    running = item["State"] in ("Executing", "Cancelling")
    return running == (wanted[0] == "true")


def task_about(key: str) -> Filter:
    """Keep tasks whose deployment or run has a field with one of the values."""

    def fits(task: Item, wanted: list[str], company: Company) -> bool:
        arguments = task["Arguments"]
        about = company.octopus["deployments"].get(arguments.get("DeploymentId", ""))
        about = about or company.octopus["runbookRuns"].get(
            arguments.get("RunbookRunId", "")
        )
        return about is not None and about.get(key) in wanted

    return fits


def communication_style(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep targets that are reached in one of the ways."""
    return item["Endpoint"]["CommunicationStyle"] in wanted


def regarding(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep what is about all of the documents."""
    return set(wanted) <= set(item["RelatedDocumentIds"])


def category_in(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep events of one of the categories."""
    return item["Category"] in wanted


def document_type(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep events about a kind of document, which the first related id tells."""
    return item["RelatedDocumentIds"][0].partition("-")[0] in wanted


def freeze_scope(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep freezes of one of the projects."""
    return not set(wanted).isdisjoint(item["ProjectEnvironmentScope"])


def freeze_environments(item: Item, wanted: list[str], company: Company) -> bool:
    """Keep freezes of one of the environments."""
    scopes: Iterable[list[str]] = item["ProjectEnvironmentScope"].values()
    return any(not set(wanted).isdisjoint(scope) for scope in scopes)


DEPLOYMENT_FILTERS: dict[str, Filter] = {
    "projects": one_of("ProjectId"),
    "environments": one_of("EnvironmentId"),
    "tenants": one_of("TenantId"),
    "channels": one_of("ChannelId"),
    "taskState": task_state,
}
RUN_FILTERS: dict[str, Filter] = {
    **DEPLOYMENT_FILTERS,
    "runbooks": one_of("RunbookId"),
}
TASK_FILTERS: dict[str, Filter] = {
    "name": one_of("Name"),
    "states": one_of("State"),
    "project": one_of("ProjectId"),
    "environment": task_about("EnvironmentId"),
    "tenant": task_about("TenantId"),
    "runbook": task_about("RunbookId"),
    "active": task_is_active,
    "running": task_is_running,
    "hasPendingInterruptions": flag("HasPendingInterruptions"),
    "hasWarningsOrErrors": flag("HasWarningsOrErrors"),
    "fromQueueDate": since("QueueTime"),
    "toQueueDate": until("QueueTime"),
    "fromStartDate": since("StartTime"),
    "toStartDate": until("StartTime"),
    "fromCompletedDate": since("CompletedTime"),
    "toCompletedDate": until("CompletedTime"),
}
MACHINE_FILTERS: dict[str, Filter] = {
    "environmentIds": any_of("EnvironmentIds"),
    "roles": any_of("Roles"),
    "targetTags": any_of("Roles"),
    "tenantIds": any_of("TenantIds"),
    "tenantTags": any_of("TenantTags"),
    "healthStatuses": one_of("HealthStatus"),
    "isDisabled": flag("IsDisabled"),
    "commStyles": communication_style,
    "deploymentTargetTypes": communication_style,
    "workerPoolIds": any_of("WorkerPoolIds"),
}
EVENT_FILTERS: dict[str, Filter] = {
    "from": since("Occurred"),
    "to": until("Occurred"),
    "eventCategories": category_in,
    "documentTypes": document_type,
    "projects": any_of("RelatedDocumentIds"),
    "environments": any_of("RelatedDocumentIds"),
    "tenants": any_of("RelatedDocumentIds"),
    "users": one_of("UserId"),
    "user": one_of("UserId"),
    "regarding": regarding,
    "regardingAny": any_of("RelatedDocumentIds"),
}
FREEZE_FILTERS: dict[str, Filter] = {
    "projectIds": freeze_scope,
    "environmentIds": freeze_environments,
}
