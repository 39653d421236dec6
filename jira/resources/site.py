"""What is the same for the whole site and read once per resync."""

import re
from difflib import get_close_matches

from core.errors import MalformedReply, NotAvailable, Refused
from core.types import Api, Item

SPRINT_FIELD = "com.pyxis.greenhopper.jira:gh-sprint"
REQUEST_TYPE_FIELD = "com.atlassian.servicedesk:vp-origin"
SLA_FIELD = "com.atlassian.servicedesk:sd-sla-field"


async def cloud_id(api: Api) -> str:
    """Return the id by which Atlassian's shared hosts know this site."""
    if "cloudId" not in api.facts:
        found = (await api.get_public("_edge/tenant_info")).get("cloudId")
        if not isinstance(found, str) or not re.fullmatch(r"[0-9a-f-]{36}", found):
            raise MalformedReply("_edge/tenant_info did not tell the site's cloud id")
        api.facts["cloudId"] = found
    return api.facts["cloudId"]


async def get_fields(api: Api) -> list[Item]:
    """Return every issue field of the site.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/
    """
    fields = api.recall("fields")
    if fields is None:
        fields = await api.get("rest/api/3/field")
        api.remember("fields", fields)
    return fields


async def fields_of_type(api: Api, custom_type: str) -> dict[str, str]:
    """Return ids and names of a type's custom fields: they differ on every site."""
    return {
        field["id"]: field["name"]
        for field in await get_fields(api)
        if (field.get("schema") or {}).get("custom") == custom_type
    }


async def check_service_management(api: Api) -> None:
    """Raise NotAvailable on a site without service requests."""
    if not await fields_of_type(api, REQUEST_TYPE_FIELD):
        raise NotAvailable("this site has no Jira Service Management")


async def resolve_fields(api: Api, names: list[str]) -> dict[str, str]:
    """Return the id of each field by the name (or id) that the user wrote.

    Raises Refused for a name that no field or more than one has, with the candidates.
    """
    if not names:
        return {}
    fields = await get_fields(api)
    return {name: _field_id(fields, name) for name in names}


def _field_id(fields: list[Item], name: str) -> str:
    same = [f["id"] for f in fields if f["name"].casefold() == name.casefold()]
    ids = [f["id"] for f in fields if f["id"] == name] or same
    if len(ids) == 1:
        return str(ids[0])
    if ids:
        problem = f"fits several fields, so write one of their ids: {', '.join(ids)}"
    else:
        close = get_close_matches(name, [f["name"] for f in fields], n=3, cutoff=0.5)
        problem = f"is no field here; similar ones: {', '.join(close) or 'none'}"
    raise Refused(f"selector.customFields: {name!r} {problem}")
