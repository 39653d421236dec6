"""Check beforehand which kinds of Octopus Deploy the credential may read, and where."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from urllib.parse import quote

from client import ApiClient
from core.errors import ApiError, ConfigurationError
from core.fetch import fetch_all, fetch_parents
from core.types import Item
from core.values import objects
from framework.probe import (
    DENIED,
    GRANTED,
    Findings,
    Verdict,
    ask_once,
    judge,
    merged,
    no_sign_in,
    not_set_up,
    shorten,
    together,
    unknown,
    worst,
)
from framework.selectors import Selector
from octopus.connection import sign_in
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.permissions import OF_SERVER, PERMISSIONS
from octopus.resources import RESOURCES, SPACE
from octopus.selectors import SpaceSelector
from octopus.settings import PRODUCT
from octopus.subscription import NO_SECRET
from octopus.verdicts import (
    BESIDE_KINDS,
    IN_SPACE,
    LIVE_EVENTS,
    LOOKS,
    Answer,
    verdict_on_server,
    verdicts_in,
)


async def probe_octopus(
    servers: Iterable[tuple[ApiClient, str | None]],
) -> Findings:
    """Return a verdict for each kind, in each space of each server.

    Without the secret of a server, its live events would not be registered anywhere.
    """
    found = await asyncio.gather(*(_probe_server(*server) for server in servers))
    return merged(found) if found else not_set_up(PRODUCT, OctopusKind)


async def _probe_server(api: ApiClient, secret: str | None) -> Findings:
    ask_once(api.http)
    try:
        await sign_in(api)
        me = await api.get("api/users/me")
    except (ApiError, ConfigurationError) as error:
        return no_sign_in(api.vendor.product, OctopusKind, error, api.site)
    everything = SpaceSelector(query="true")
    (spaces,) = await together(fetch_parents(api, SPACE, everything, refresh=True))
    lines = [_who(api), await _maintenance(api), await _rate_limit(api)]
    found = Findings(lines=lines, site=api.site)
    if isinstance(spaces, BaseException):
        answers: list[Answer] = [spaces]
        verdict = judge(spaces, PERMISSIONS[OctopusKind.SPACE])
        found.add_all((OctopusKind.SPACE, *IN_SPACE), verdict)
    else:
        answers = await _permissions(api, str(me["Id"]), spaces)
        beside = _judge_spaces(found, spaces, answers)
        found.lines += _live_events(api.vendor.product, beside, secret)
    await _judge_server(found, api, answers)
    return found


async def _permissions(api: ApiClient, me: str, spaces: list[Item]) -> list[Answer]:
    """Ask what the credential may do in each space, and on the server.

    https://octopus.com/docs/octopus-rest-api
    """
    path = f"users/{quote(me, safe='')}/permissions"
    system = {"includeSystem": "true"}
    asked = (api.get(f"api/{space['Id']}/{path}", system) for space in spaces)
    return await together(*asked)


def _who(api: ApiClient) -> str:
    version = api.facts.get("version", "of unknown version")
    credential = api.vendor.credential_settings
    return f"{api.vendor.product} {version}: signed in with {credential}."


async def _maintenance(api: ApiClient) -> str:
    """Say whether the server is being maintained, which lets reads through only.

    https://octopus.com/docs/administration/managing-infrastructure/maintenance-mode
    """
    (status,) = await together(api.get("api/serverstatus"))
    if isinstance(status, BaseException):
        return f"Maintenance mode: unknown, {unknown(status)[1]}"
    if status.get("IsInMaintenanceMode"):
        return "Maintenance mode: on. Reading works, registering live events doesn't."
    return "Maintenance mode: off."


async def _rate_limit(api: ApiClient) -> str:
    """Say how many requests the server lets through.

    https://octopus.com/docs/administration/managing-infrastructure/rate-limiting
    """
    pages = api.pages("api/ratelimitingpolicies", PAGE)
    (found,) = await together(_all_of(pages))
    if isinstance(found, BaseException):
        return f"Rate limit: unknown, {unknown(found)[1]}"
    enforced = [
        f"{policy.get('RequestsPerMinute')} a minute, {policy.get('BurstLimit')} at"
        f" once ({policy.get('Name')})"
        for policy in objects(found)
        if policy.get("IsEnabled") is True and policy.get("AuditMode") is not True
    ]
    return f"Rate limit: {'; '.join(enforced) or 'none'}."


async def _all_of(pages: AsyncGenerator[list[Item]]) -> list[Item]:
    return [item async for page in pages for item in page]


def _judge_spaces(
    found: Findings, spaces: list[Item], answers: list[Answer]
) -> dict[str, dict[str, Verdict]]:
    """Add the kinds of each space, and return what is to say of each about the rest."""
    if not spaces:
        nothing = "No space is visible to this credential, so nothing would be read"
        found.add_all((OctopusKind.SPACE, *IN_SPACE), (DENIED, nothing))
        return {thing: {} for thing in BESIDE_KINDS}
    found.add(OctopusKind.SPACE, (GRANTED, f"{len(spaces)} are visible"))
    beside: dict[str, dict[str, Verdict]] = {thing: {} for thing in BESIDE_KINDS}
    for space, answer in zip(spaces, answers, strict=True):
        scope = {"space": space["Name"], "spaceId": space["Id"]}
        scope |= {"spaceSlug": space["Slug"]} if space.get("Slug") else {}
        verdicts = verdicts_in(space["Id"], answer)
        for thing, by_space in beside.items():
            by_space[space["Name"]] = verdicts.pop(thing)
        for kind, verdict in verdicts.items():
            found.add(kind, verdict, scope)
    return beside


def _live_events(
    product: str, beside: Mapping[str, Mapping[str, Verdict]], secret: str | None
) -> list[str]:
    """Say whether events will come, and whether it is noticed when they don't."""
    line = f"Live events of {product}: "
    if not secret:
        return [f"{line}off; {NO_SECRET}."]
    return [
        f"{line}can be registered in {_in_how_many(beside[LIVE_EVENTS])}",
        f"{line}missed ones can be found in {_in_how_many(beside[LOOKS])}",
    ]


def _in_how_many(verdicts: Mapping[str, Verdict]) -> str:
    """Say in how many spaces something is granted, and why not in others."""
    refused: dict[str, list[str]] = {}
    for space, (status, message) in verdicts.items():
        if status is not GRANTED:
            refused.setdefault(message, []).append(space)
    good = len(verdicts) - sum(map(len, refused.values()))
    line = f"{good} of {len(verdicts)} spaces."
    for message, spaces in refused.items():
        line += f" {message} (in {shorten(spaces)})."
    return line


async def _judge_server(found: Findings, api: ApiClient, answers: list[Answer]) -> None:
    """Try to read one item of each of the server's own lists.

    Octopus leaves out of lists what is hidden, so the permission is checked as well.
    """
    kinds = [kind for kind in OF_SERVER if kind != OctopusKind.SPACE]
    tries = await together(*(_first_of(api, kind) for kind in kinds))
    for kind, item in zip(kinds, tries, strict=True):
        permission = verdict_on_server(kind, answers)
        found.add(kind, worst(permission, judge(item, PERMISSIONS[kind])))


async def _first_of(api: ApiClient, kind: OctopusKind) -> object:
    everything = Selector(query="true")
    async with aclosing(fetch_all(api, RESOURCES[kind], everything)) as batches:
        return await anext(batches, None)
