"""Hand on to the delivery log what is read of releases and deployments."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from weakref import WeakKeyDictionary

from core.api import Api
from core.resource import ListWith
from core.trouble import INCOMPLETE, ODD_FORM, current_report
from core.types import Item
from core.values import moment, required, text
from framework.resync_run import current_run
from octopus.resources.delivery_log import (
    DEPLOYMENTS,
    RELEASES,
    DeliveryLog,
    Release,
    number_of,
)
from octopus.resources.progression import LONG_AGO

# What narrows a kind so that the delivery of issues can't be told from what comes.
NARROWING = ("environments", "tenants", "states")
# Which spaces and projects, how far back, and how issues are found.
type Selection = tuple[frozenset[str], frozenset[str], int, str | None]

_LOGS: WeakKeyDictionary[Api, dict[Selection, DeliveryLog]] = WeakKeyDictionary()


def log_of(api: Api, selector: Any) -> DeliveryLog:
    """Return the log of what a selector brings, the same as long as the client is."""
    selection = (
        frozenset(name.casefold() for name in selector.spaces),
        frozenset(name.casefold() for name in selector.projects),
        selector.lookback_days,
        selector.issue_key_pattern,
    )
    return _LOGS.setdefault(api, {}).setdefault(selection, DeliveryLog())


def _log_for(api: Api, selector: Any) -> DeliveryLog | None:
    if any(getattr(selector, name, None) for name in NARROWING):
        return None
    return log_of(api, selector)


def logged(what: str, listing: ListWith) -> ListWith:
    """Return a listing that tells the log when a list of a space begins and ends."""

    async def list_with(
        api: Api, selector: Any, space: Item
    ) -> AsyncGenerator[list[Item]]:
        log = _log_for(api, selector)
        pages = listing(api, selector, space)
        async with aclosing(pages):
            if log is None:
                async for page in pages:
                    yield page
                return
            if what == RELEASES:
                log.running.pop(space["Id"], None)
            reading = log.begin(what, space["Id"])
            try:
                async for page in pages:
                    reading.named |= {number_in(row) for row in page}
                    yield page
            except BaseException:
                log.abandon(what, space["Id"], reading)
                raise
        # What runs may be older than the lookback; without it, something is missing.
        needs_running = what == RELEASES and selector.lookback_days
        if not needs_running or space["Id"] in log.running:
            log.finish(what, space["Id"], reading, current_run())
        log.abandon(what, space["Id"], reading)

    return list_with


def number_in(row: Any) -> int | None:
    """Return the number in the id of an item; None if it has none."""
    try:
        return number_of(row["Id"])
    except ODD_FORM:
        return None  # it is never kept, so the list is not complete


def log_releases(api: Api, selector: Any, came: list[Item], kept: list[Item]) -> None:
    """Log the releases that are kept of those that came, with their issues."""
    if (log := _log_for(api, selector)) is None:
        return
    for release in kept:
        if "__jiraIssueKeys" in release.get(INCOMPLETE, ()):
            continue
        try:
            log.put_release(number_of(release["Id"]), _essence(release))
        except ODD_FORM:
            continue
    _leave_out(log, RELEASES, came, kept)


def _essence(release: Item) -> Release:
    return Release(
        required(release, "SpaceId"),
        required(release, "ProjectId"),
        text(release.get("ChannelId")) or "",
        text(release.get("Version")) or "",
        (moment(release.get("Assembled")) or LONG_AGO).timestamp(),
        tuple(release["__jiraIssueKeys"]),
    )


def log_deployments(
    api: Api, selector: Any, came: list[Item], kept: list[Item]
) -> None:
    """Log the deployments that are kept of those that came, joined with their tasks."""
    if (log := _log_for(api, selector)) is None:
        return
    hidden = current_report().missing
    for item in kept:
        if "__task" in item.get(INCOMPLETE, ()):
            continue
        try:
            space = required(item, "SpaceId")
            if f"tasks of {space}" in hidden:
                continue
            if item["__task"] is None:  # purged: it is not known how it ended
                log.put_unknown(space, item)
            else:
                log.put_deployment(space, item, item["__task"])
        except ODD_FORM:
            continue
    _leave_out(log, DEPLOYMENTS, came, kept)


def _leave_out(log: DeliveryLog, what: str, came: list[Item], kept: list[Item]) -> None:
    """Note what is not selected, so that a list is complete without it."""
    ids = {item.get("Id") for item in kept}
    for item in came:
        space, number = text(item.get("SpaceId")), number_in(item)
        if item.get("Id") not in ids and space and number is not None:
            log.note(what, space, number)


def log_running(api: Api, space_id: str, running: list[Any]) -> None:
    """Log what runs in a space; unless all of it is known, say nothing."""
    if any(one is not None and not isinstance(one, dict) for one in running):
        return
    try:
        for log in _LOGS.get(api, {}).values():
            log.put_running(space_id, [one for one in running if one])
    except ODD_FORM:
        return
