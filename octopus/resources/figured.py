"""Add to deployments what they were for their project's delivery."""

from core.api import Api
from core.trouble import INCOMPLETE, ODD_FORM, UNKNOWN, Missing, with_values
from core.types import Item
from core.values import text
from framework.resync_run import current_run
from octopus.resources.delivered import log_of
from octopus.resources.delivery_log import DEPLOYMENTS, RELEASES
from octopus.resources.figures import NOT_KNOWN, figures_of
from octopus.resources.history import cutoff
from octopus.selectors import ExecutionSelector


def with_figures(
    api: Api, deployment: Item, selector: ExecutionSelector, *, is_in_order: bool = True
) -> Item:
    """Return a deployment with its figures, as far as the delivery log tells them.

    `__hasIssues` says whether it brought any.

    `is_in_order` says that all of its place came before it in the list that brings it,
    back to what succeeded there before. Without that, the list proves nothing.
    """
    log, space = log_of(api, selector), text(deployment.get("SpaceId")) or ""
    listing = log.listing(DEPLOYMENTS, space) if current_run() else None
    deployment = with_values(deployment, {"__hasIssues": _has_issues(deployment)})
    is_known = log.has(RELEASES, space) and (
        log.has(DEPLOYMENTS, space) if listing is None else is_in_order
    )
    if not is_known:
        return with_values(deployment, NOT_KNOWN)
    running = log.running.get(space, set())

    def counts(number: int) -> bool:
        """Tell what this list has brought from what an earlier one has."""
        return listing is None or number in listing.kept or number in running

    try:
        figures = figures_of(log, deployment, cutoff(selector), counts)
    except ODD_FORM:  # such as one without a release
        figures = NOT_KNOWN
    return with_values(deployment, figures)


def _has_issues(deployment: Item) -> bool | Missing | None:
    if "__jiraIssueKeys" in deployment.get(INCOMPLETE, ()):
        return UNKNOWN
    keys = deployment.get("__jiraIssueKeys")
    return None if keys is None else bool(keys)
