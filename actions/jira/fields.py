"""Which fields an issue type or a transition requires, by the names that people see."""

from collections.abc import Iterable
from urllib.parse import quote

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import Inputs
from actions.jira.base import API, named
from actions.jira.document import to_document
from actions.jira.issues import account_of
from client import ApiClient
from core.paging import OffsetPaging
from core.types import Item

FIELDS_MISSING, NO_SUCH_TYPE = "Fields missing", "Unknown type"
# More values than these are no help.
VALUES_SHOWN = 10
# What `create_issue` sets by itself, and Jira sets where it is required.
OWN = frozenset({"project", "issuetype", "reporter"})


async def find_type(api: ApiClient, project: str, name: str) -> Item:
    """Return an issue type of a project by name or id; raise ActionFailed without it.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-get
    """
    path = f"{API}/issue/createmeta/{quote(project, safe='')}/issuetypes"
    types = await read_all(api, path, "issueTypes")
    for one in types:
        if name.casefold() in (str(one["name"]).casefold(), str(one["id"])):
            return one
    known = named([str(one["name"]) for one in types])
    told = f"{project} has no issue type {name!r} that this account may create: {known}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NO_SUCH_TYPE)


async def read_fields(api: ApiClient, project: str, type_id: str) -> list[Item]:
    """Return the fields on the screen that creates an issue of a type.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-issuetypeid-get
    """
    key = quote(project, safe="")
    path = f"{API}/issue/createmeta/{key}/issuetypes/{quote(type_id, safe='')}"
    return await read_all(api, path, "fields")


def check_required(known: Iterable[Item], given: Item) -> None:
    """Raise ActionFailed that names the required fields without a value.

    Each field has `fieldId`, `name`, `required` and `hasDefaultValue`, and may have
    `allowedValues`.
    """
    missing = [
        _described(field)
        for field in known
        if field.get("required")
        and not field.get("hasDefaultValue")
        and id_of(field) not in OWN
        and given.get(id_of(field)) in (None, "", [], {})
    ]
    if missing:
        told = f"Required fields are missing: {'; '.join(missing)}"
        how = "Give them in the input fields"
        raise ActionFailed(f"{told}. {how}. {NOTHING_CHANGED}", FIELDS_MISSING)


def id_of(field: Item) -> str:
    """Return the id of a field, under which a value is given."""
    return str(field.get("fieldId") or field.get("key") or "")


def _described(field: Item) -> str:
    text = f"{field.get('name')} ({id_of(field)})"
    values = [
        str(one.get("name") or one.get("value") or one.get("id"))
        for one in field.get("allowedValues") or []
        if isinstance(one, dict)
    ]
    if not values:
        return text
    more = ", …" if len(values) > VALUES_SHOWN else ""
    return f"{text}, one of: {', '.join(values[:VALUES_SHOWN])}{more}"


async def read_all(api: ApiClient, path: str, rows: str) -> list[Item]:
    """Return all rows of a list in pages."""
    pages = api.pages(path, OffsetPaging(key=rows))
    return [row async for page in pages for row in page]


def fields_of(inputs: Inputs) -> Item:
    """Return the fields that the inputs set, `fields` in Jira's own form among them."""
    found: Item = {}
    if "summary" in inputs:
        found["summary"] = inputs.text("summary")
    if "description" in inputs:
        found["description"] = to_document(inputs.text("description"), "description")
    if "priority" in inputs:
        found["priority"] = {"name": inputs.text("priority")}
    if "assigneeAccountId" in inputs:
        found["assignee"] = {"id": account_of(inputs)}
    return {**found, **inputs.object("fields")}
