"""What the checks of a probe come to, in words and in a table."""

from collections.abc import Iterable
from typing import Any

from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.probe import ProbeCheckStatus
from rich.table import Table

from core.site import Site
from framework.probe import DENIED, GRANTED, NOT_SET_UP, UNKNOWN, WORST_FIRST, shorten
from framework.selectors import serves

WILL_SYNC, WILL_NOT, NOBODY_KNOWS = 0, 1, 2
SIGNS = {GRANTED: "[green]✓[/]", DENIED: "[red]✗[/]", UNKNOWN: "[yellow]?[/]"}
SEE_ABOVE = "no sign-in, see above"

type Check = dict[str, Any]


def exit_status(checks: list[Check], mapping: PortAppConfig) -> int:
    """Return what the checks of mapped kinds come to."""
    if kinds_that(DENIED, checks, mapping):
        return WILL_NOT
    return NOBODY_KNOWS if kinds_that(UNKNOWN, checks, mapping) else WILL_SYNC


def conclusion(checks: list[Check], mapping: PortAppConfig) -> str:
    """Say the same in words."""
    if not mapping.resources:
        return "[yellow]The mapping is empty: nothing will sync.[/]"
    denied = kinds_that(DENIED, checks, mapping)
    unsure = [k for k in kinds_that(UNKNOWN, checks, mapping) if k not in denied]
    parts = [f"[red]Will not sync: {', '.join(denied)}.[/]"] if denied else []
    parts += [f"[yellow]Not known: {', '.join(unsure)}.[/]"] if unsure else []
    return " ".join(parts) or "[green]Every mapped kind will sync.[/]"


def kinds_that(
    status: ProbeCheckStatus, checks: list[Check], mapping: PortAppConfig
) -> list[str]:
    """Return the mapped kinds of a status; a product without settings is a choice."""
    found = [c for c in checks if c["status"] == status and not is_not_set_up(c)]
    return sorted({c["kind"] for c in found if is_mapped(c, mapping)})


def is_not_set_up(check: Check) -> bool:
    """Return whether the kind belongs to a product without settings."""
    return str(check["message"]).endswith(NOT_SET_UP)


def is_mapped(check: Check, mapping: PortAppConfig) -> bool:
    """Return whether the mapping asks for the kind, in the site and space if any."""
    site, spaces = check["scopes"].get("site"), names_in(check)
    return any(
        not ((wanted := wanted_spaces(resource)) and spaces)
        or not wanted.isdisjoint(spaces)
        for resource in mapping.resources
        if resource.kind == check["kind"]
        and (site is None or serves(resource.selector, Site(site)))
    )


def wanted_spaces(resource: ResourceConfig) -> set[str]:
    """Return the spaces that a selector names; none means all."""
    return {name.casefold() for name in getattr(resource.selector, "spaces", [])}


def names_in(check: Check) -> set[str]:
    """Return everything by which a selector may name the check's space."""
    scopes = check["scopes"].items()
    return {str(name).casefold() for what, name in scopes if what != "site"}


def table(checks: list[Check], mapping: PortAppConfig, told: str) -> Table:
    """Return one row for each finding about mapped kinds, the worst first.

    What `told` has already is not repeated.
    """
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "kinds", "where", "finding"):
        shown.add_column(heading, overflow="fold")
    rows: dict[tuple[str, str, str], list[str]] = {}
    for status, kind, where, message in _findings(checks, mapping):
        finding = SEE_ABOVE if message in told and status != GRANTED else message
        rows.setdefault((status, where, finding), []).append(kind)
    for (status, where, finding), kinds in sorted(rows.items(), key=_severity):
        names = ", ".join(dict.fromkeys(kinds))
        shown.add_row(SIGNS[ProbeCheckStatus(status)], names, where, finding)
    return shown


def _severity(row: tuple[tuple[str, str, str], list[str]]) -> int:
    return WORST_FIRST.index(ProbeCheckStatus(row[0][0]))


def _findings(
    checks: list[Check], mapping: PortAppConfig
) -> Iterable[tuple[str, str, str, str]]:
    """Yield status, kind, where and finding for each kind that is mapped."""
    counted = [c for c in checks if is_mapped(c, mapping) and not is_not_set_up(c)]
    bad = {check["kind"] for check in counted if check["status"] != GRANTED}
    for kind in dict.fromkeys(resource.kind for resource in mapping.resources):
        own = [check for check in counted if check["kind"] == kind]
        wrong = [check for check in own if check["status"] != GRANTED]
        if own and kind not in bad:
            yield GRANTED, kind, "", "can be read, and mapped"
        for status, message in dict.fromkeys(
            (c["status"], c["message"]) for c in wrong
        ):
            alike = [
                c for c in wrong if (c["status"], c["message"]) == (status, message)
            ]
            yield status, kind, _where(alike, own), message


def _where(group: list[Check], checks: list[Check]) -> str:
    here, all_ = (sum("space" in c["scopes"] for c in each) for each in (group, checks))
    if here and here == all_:
        return "every space"
    return shorten([place for check in group if (place := _place(check["scopes"]))])


def _place(scopes: dict[str, str]) -> str:
    """Return the space, behind the site if it is not the first one."""
    return ": ".join(scopes[what] for what in ("site", "space") if what in scopes)


def others(checks: list[Check], mapping: PortAppConfig) -> str:
    """Say in a line what of the kinds that the mapping leaves out could not be read."""
    mapped = {resource.kind for resource in mapping.resources}
    left = [c for c in checks if c["kind"] not in mapped and not is_not_set_up(c)]
    kinds = dict.fromkeys(check["kind"] for check in left)
    refused = dict.fromkeys(c["kind"] for c in left if c["status"] == DENIED)
    text = f"Not in the mapping: {len(kinds)} kinds"
    return f"{text}, of which can't be read: {', '.join(refused)}" if refused else text
