"""What a reply about the permissions of a credential means for each kind (pure).

https://octopus.com/docs/octopus-rest-api
"""

from collections.abc import Mapping
from typing import Any

from core.trouble import ODD_FORM
from core.types import Item
from core.values import at, child
from framework.probe import GRANTED, Required, Verdict, unknown
from octopus.kinds import OctopusKind
from octopus.permissions import OF_SERVER, PERMISSIONS, SUBSCRIBE, WATCH

LIVE_EVENTS, LOOKS = "live events", "looks"
BESIDE_KINDS = {LIVE_EVENTS: SUBSCRIBE, LOOKS: WATCH}
NEEDED = {**PERMISSIONS, **BESIDE_KINDS}
IN_SPACE = [kind for kind in OctopusKind if kind not in OF_SERVER]
# What a role can be limited to; a list then leaves the rest out without a word.
LIMITS = tuple(
    f"RestrictedTo{what}Ids"
    for what in ("Project", "Environment", "Tenant", "ProjectGroup")
)

type Answer = Any


def verdicts_in(space_id: str, answer: Answer) -> dict[str, Verdict]:
    """Return what a reply about the permissions in a space means for what is there."""
    things = [*IN_SPACE, *BESIDE_KINDS]
    if isinstance(answer, BaseException):
        return dict.fromkeys(things, unknown(answer))
    try:
        held = _held(answer, space_id)
    except ODD_FORM as error:
        return dict.fromkeys(things, unknown(error))
    granted = {name: bool(parts) for name, parts in held.items()}
    limited = {
        name for name, parts in held.items() if parts and all(map(_limits, parts))
    }
    return {thing: _verdict(thing, granted, limited) for thing in things}


def _held(answer: Item, space_id: str) -> dict[str, list[Item]]:
    """Return what each permission that matters is limited to; none is not granted."""
    names = {name for needed in NEEDED.values() for name in needed}
    all_parts: Mapping[str, list[Item]] = answer["SpacePermissions"]
    if answer.get("IsPermissionsComplete") is False:  # what isn't listed may be granted
        names &= all_parts.keys()
    return {
        name: [p for p in all_parts.get(name, []) if p.get("SpaceId") == space_id]
        for name in names
    }


def _limits(part: Item) -> bool:
    return any(part.get(limit) for limit in LIMITS)


def _verdict(thing: str, granted: Mapping[str, bool], limited: set[str]) -> Verdict:
    status, message = Required(NEEDED).verdict(thing, granted)
    if status is GRANTED and (parts := limited & {*NEEDED[thing]}):
        which = ", ".join(sorted(parts))
        message += f"; only of some projects, environments or tenants: {which}"
    return status, message


def verdict_on_server(kind: OctopusKind, answers: list[Answer]) -> Verdict:
    """Return what the spaces' replies say about a permission for the whole server."""
    known = [a for a in answers if isinstance(at(a, "SystemPermissions"), list)]
    if not known:
        errors = (one for one in answers if isinstance(one, BaseException))
        return unknown(next(errors, "No space lists the permissions"))
    held = {name for a in known for name in _all_names(a)}
    complete = all(answer.get("IsPermissionsComplete", True) for answer in known)
    names = PERMISSIONS[kind] if complete else held
    return Required(PERMISSIONS).verdict(kind, {name: name in held for name in names})


def _all_names(answer: Item) -> list[str]:
    return [*answer["SystemPermissions"], *child(answer, "SpacePermissions")]
