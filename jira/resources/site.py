"""What is the same for the whole site and read once per resync."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from loguru import logger

from core.api import Api
from core.errors import ApiError, MalformedReply, NotAvailable, Refused
from core.trouble import Missing, attempt, current_report
from core.types import Item

SPRINT_FIELD = "com.pyxis.greenhopper.jira:gh-sprint"
REQUEST_TYPE_FIELD = "com.atlassian.servicedesk:vp-origin"
SLA_FIELD = "com.atlassian.servicedesk:sd-sla-field"
# Ids of fields that the site has made up: what is named by one needs no lookup.
CUSTOM_FIELD_ID = re.compile(r"customfield_[0-9]+")
FIELD_NAMES = "names of fields"


async def cloud_id(api: Api) -> str:
    """Return the id by which Atlassian's shared hosts know this site."""
    if "cloudId" not in api.facts:
        found = (await api.get_public("_edge/tenant_info")).get("cloudId")
        if not isinstance(found, str) or not re.fullmatch(r"[0-9a-f-]{36}", found):
            raise MalformedReply("_edge/tenant_info lacks the site's cloud id")
        api.facts["cloudId"] = found
    return api.facts["cloudId"]


@dataclass(frozen=True)
class Fields:
    """The issue fields of the site, each with an id and a name."""

    items: Sequence[Item]

    def of_type(self, custom_type: str) -> dict[str, str]:
        """Return ids and names of a type's custom fields: ids differ on every site."""
        return {
            field["id"]: field["name"]
            for field in self.items
            if _custom_type(field) == custom_type
        }

    def ids_of(self, name: str) -> list[str]:
        """Return the ids of the fields that a user means by an id or a name.

        An id wins over names, and a name as it is written over one of other case.
        """
        exact = [f["id"] for f in self.items if f["name"] == name]
        folded = [
            f["id"] for f in self.items if f["name"].casefold() == name.casefold()
        ]
        return [f["id"] for f in self.items if f["id"] == name] or exact or folded

    def similar_to(self, name: str) -> list[str]:
        """Return names that a misspelt one may stand for."""
        return get_close_matches(name, [f["name"] for f in self.items], 3, 0.5)


def _custom_type(field: Item) -> Any:
    schema = field.get("schema")
    return schema.get("custom") if isinstance(schema, dict) else None


async def get_fields(api: Api) -> Fields:
    """Return every issue field of the site.

    Raises MalformedReply for none at all, for every site has a summary.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/
    """
    found = api.recall("fields")
    if found is None:
        try:
            found = [f for f in await api.get_array("rest/api/3/field") if _is_sound(f)]
            if not found:
                raise MalformedReply("rest/api/3/field lists no fields")
        except ApiError as error:
            api.remember("fields", error)
            raise
        api.remember("fields", found)
    return Fields(found)


def _is_sound(field: Any) -> bool:
    return isinstance(field, dict) and all(
        isinstance(field.get(key), str) for key in ("id", "name")
    )


async def try_fields(api: Api) -> Fields | Missing:
    """Return the fields of the site, or Missing, and warn once in a run."""
    for trouble in current_report().troubles:
        if trouble.value == FIELD_NAMES:
            return Missing(trouble.is_permanent)
    return await attempt(get_fields(api), value=FIELD_NAMES)


async def check_service_management(api: Api) -> None:
    """Raise NotAvailable on a site without service requests."""
    if not (await get_fields(api)).of_type(REQUEST_TYPE_FIELD):
        raise NotAvailable("this site has no Jira Service Management")


async def resolve_fields(api: Api, names: list[str]) -> dict[str, list[str]] | Missing:
    """Return the ids of fields by the name (or id) that the user wrote.

    A name may fit several fields, or, with a warning, none.
    """
    if all(CUSTOM_FIELD_ID.fullmatch(name) for name in names):
        return {name: [name] for name in names}
    fields = await try_fields(api)
    if isinstance(fields, Missing):
        return fields
    found = {name: fields.ids_of(name) for name in names}
    for name, ids in found.items():
        if len(ids) != 1:
            _warn_once(api, fields, name, ids)
    return found


def _warn_once(api: Api, fields: Fields, name: str, ids: list[str]) -> None:
    key = f"warned of customFields {name}"
    if api.recall(key) is not None:
        return
    api.remember(key, [])
    if ids:
        logger.warning(
            f"selector.customFields: {name!r} fits several fields; the first value of"
            f" {', '.join(ids)} counts, so write the id of the one that is meant"
        )
        return
    similar = ", ".join(fields.similar_to(name)) or "none"
    problem = Refused(f"{name!r} is no field here; similar ones: {similar}")
    current_report().lose_value(f"selector.customFields {name}", problem)
