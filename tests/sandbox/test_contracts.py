"""What is asked, answered and mapped is in the contract tables; each fact has a source.

That no request leaves the tables is checked at the end of every test that talks to a
stand-in: see `site` and `server`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from client import ApiClient
from core.fetch import fetch_one
from jira.connection import sign_in
from jira.kinds import JiraKind
from jira.probe import probe_jira
from jira.resources import RESOURCES as JIRA
from jira.scopes import ENDPOINTS
from jira.subscription import ensure_webhook
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from octopus.probe import probe_octopus
from octopus.resources import RESOURCES as OCTOPUS
from octopus.subscription import ensure_subscriptions
from sandbox.contracts import SCALARS, Contract, contract, field_of
from sandbox.jira import JiraSandbox
from sandbox.octopus import OctopusSandbox
from sandbox.serving import Answer
from tests.jira import conftest as at_jira
from tests.jira import test_kinds as jira_kinds
from tests.jira.test_subscription import WEBHOOK
from tests.octopus import conftest as at_octopus
from tests.octopus import test_kinds as octopus_kinds
from tests.octopus.test_subscription import WANTED
from tests.test_examples import KINDS, _jq_without_ocean, load, mapped

VENDORS = ("jira", "octopus")
# What items of a kind are, where the table has no shape of that name.
SHAPES: dict[str, str] = {
    **dict.fromkeys(
        (JiraKind.EPIC, JiraKind.REQUEST, JiraKind.BACKLOG, JiraKind.ISSUE), "issue"
    ),
    JiraKind.ISSUE_LINK: "link",
    JiraKind.ISSUE_CHANGELOG: "change",
    OctopusKind.CURRENT_RELEASE: "shown deployment",
    OctopusKind.DEPLOYMENT_FREEZE: "freeze",
    OctopusKind.LIBRARY_VARIABLE_SET: "variable set",
    OctopusKind.PROCESS_TEMPLATE: "template",
    OctopusKind.RUNBOOK_RUN: "run",
    OctopusKind.WORKER_POOL: "pool",
    OctopusKind.ENVIRONMENT: "typed environment",
}
OWN = "__"
# What the integration adds to items under the name that all others have it by.
ADDED: dict[str, tuple[str, ...]] = {OctopusKind.CURRENT_RELEASE: ("SpaceId",)}
# What only some items of a kind of our own have.
SOMETIMES: dict[str, tuple[str, ...]] = {LinkKind.ISSUE_DELIVERY: ("title",)}
# The stand-in of the site that the gateway does not have.
NOT_ON_GATEWAY = ("_edge/", "gateway/", "rest/webhooks/", "rest/api/3/webhook")

connect_to_jira, connect_to_octopus = at_jira.connect, at_octopus.connect
site, server = at_jira.site, at_octopus.server
jq_without_ocean = _jq_without_ocean


@dataclass
class Watched:
    """The rows of a table that were answered, and what was wrong with the answers."""

    table: Contract
    answered: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    def check(self, request: Request, answer: Answer, body: Any) -> None:
        """Compare an answer with the row of the request."""
        path = request.scope["raw_path"].decode()
        row = self.table.endpoint(request.method, path)
        if row is not None and answer.status < httpx.codes.BAD_REQUEST:
            name = f"{row.method} {row.path}"
            self.answered.add(name)
            self.wrong |= {f"{name}: {p}" for p in self.table.problems(row, body)}


def watch(app: Starlette, vendor: str) -> Watched:
    """Compare what a stand-in answers from now on with the table."""
    write, watched = app.state.write, Watched(contract(vendor))

    def writing(request: Request, answer: Answer) -> Response:
        response: Response = write(request, answer)
        watched.check(request, answer, json.loads(bytes(response.body)))
        return response

    app.state.write = writing
    return watched


async def test_jira_answers_what_the_table_has(
    connect_to_jira: Any, site: JiraSandbox
) -> None:
    api: ApiClient = connect_to_jira()
    watched = watch(site.app, "jira")
    await sign_in(api)
    await probe_jira([api])
    for _ in ("creates", "finds"):
        await ensure_webhook(api, WEBHOOK)
    for kind in JiraKind:
        first, *_ = await jira_kinds.read(api, kind)
        if kind not in jira_kinds.WITHOUT_SINGLE:
            await fetch_one(api, JIRA[kind], first, jira_kinds.selector(kind))

    assert watched.wrong == set()
    # The others are for events, OAuth and what only a selector asks for.
    assert len(watched.answered) > len(watched.table.endpoints) / 2


async def test_octopus_answers_what_the_table_has(
    connect_to_octopus: Any, server: OctopusSandbox
) -> None:
    api: ApiClient = connect_to_octopus()
    watched = watch(server.app, "octopus")
    await probe_octopus([(api, "secret")])
    for _ in ("creates", "finds"):
        await ensure_subscriptions(api, WANTED)
    for kind in OctopusKind:
        first, *_ = await octopus_kinds.read(api, kind)
        await fetch_one(api, OCTOPUS[kind], first, octopus_kinds.selector(kind))

    assert watched.wrong == set()
    # The others are for events, OAuth and what only a selector asks for.
    assert len(watched.answered) > len(watched.table.endpoints) / 2


async def test_a_request_that_leaves_the_table_is_refused_and_kept(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    by_query = await jira.get("/rest/api/3/project/search?startAt=0&colour=red")
    by_body = await jira.post("/rest/api/3/search/jql", json={"jql": "", "colour": "x"})

    assert {by_query.status_code, by_body.status_code} == {501}
    assert jira_sandbox.app.state.outside == [
        "GET rest/api/3/project/search takes no colour",
        "POST rest/api/3/search/jql takes no colour",
    ]


def table_of(kind: str) -> tuple[Contract, str]:
    vendor, _, name = kind.partition("-")
    return contract(vendor), SHAPES.get(kind, name.replace("-", " "))


def known(table: Contract, kind: Any, value: Any) -> Any:
    """Return a value without what the table lacks; our own additions stay."""
    if isinstance(kind, list) and isinstance(value, list):
        return [known(table, kind[0], item) for item in value]
    fields = kind if isinstance(kind, dict) else None
    if isinstance(kind, str) and kind in table.shapes:
        fields = table.fields(kind)
    if fields is None or not isinstance(value, dict):
        return value
    return {
        name: own if name.startswith(OWN) else known(table, found, own)
        for name, own in value.items()
        if (found := field_of(fields, name)[0]) is not None or name.startswith(OWN)
    }


@pytest.mark.usefixtures("jq_without_ocean")
@pytest.mark.parametrize("kind", KINDS)
def test_no_mapping_reads_what_the_table_lacks(kind: str) -> None:
    whole = load(kind, "raw.json")
    raw = known(*table_of(kind), whole)
    raw |= {name: whole[name] for name in ADDED.get(kind, ())}

    assert mapped(kind, raw) == load(kind, "entity.json")
    names = names_read(kind)
    own = SOMETIMES.get(kind, ())
    assert names <= {*names_of(table_of(kind)[0].shapes), *raw, *own}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {*LinkKind}])
def test_the_item_of_an_example_is_one_that_the_table_has(kind: str) -> None:
    table, shape = table_of(kind)
    raw = without_own(load(kind, "raw.json"))
    raw = {k: own for k, own in raw.items() if k not in ADDED.get(kind, ())}
    # That of an environment is from a server that has no types of them yet.
    older = "environment" if kind == OctopusKind.ENVIRONMENT else shape
    assert table.item_problems(older, raw) == set()


def without_own(value: Any) -> Any:
    """Return a value without our own additions."""
    if isinstance(value, list):
        return [without_own(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_own(own)
        for name, own in value.items()
        if not name.startswith(OWN)
    }


def names_read(kind: str) -> set[str]:
    """Return every field that a mapping names, but for our own additions."""
    mapping = load(kind, "mapping.yml")
    texts = [mapping["selector"].get("query", "true"), *expressions(mapping["port"])]
    found = [re.findall(r"(?<![\w.])\.([A-Za-z]\w*)", text) for text in texts]
    return {name for names in found for name in names}


def expressions(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield re.sub(r'"(?:\\.|[^"\\])*"', '""', part)
    elif isinstance(part, dict | list):
        for own in part.values() if isinstance(part, dict) else part:
            yield from expressions(own)


def names_of(part: Any) -> Iterator[str]:
    """Yield every name of a field in a table."""
    if isinstance(part, dict):
        for name, own in part.items():
            yield name.removesuffix("~")
            yield from names_of(own)
    elif isinstance(part, list):
        yield from names_of(part[0])


def types_of(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for own in part.values():
            yield from types_of(own)
    elif isinstance(part, list):
        yield from types_of(part[0])
    else:
        yield part


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_fact_has_a_source_and_every_type_exists(vendor: str) -> None:
    table = contract(vendor)
    groups = [group for shape in table.shapes.values() for group in shape.items()]
    used = {source for source, _ in groups} | {row.source for row in table.endpoints}
    assert used == {*table.sources, *table.alone}
    types = {kind for _, fields in groups for kind in types_of(fields)}
    named = {n for row in table.endpoints for n in (row.page, row.rows, row.reply) if n}
    assert types <= {*SCALARS, *table.shapes, "rows"}
    assert {*table.shapes} <= types | named
    assert named <= {*table.shapes, "array"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_limitations_name_what_one_source_alone_tells(vendor: str) -> None:
    text = Path("docs/limitations.md").read_text(encoding="utf-8")
    assert [source for source in contract(vendor).alone if source not in text] == []


def test_every_endpoint_on_the_gateway_has_its_scopes() -> None:
    paths = {
        row.path
        for row in contract("jira").endpoints
        if not row.path.startswith((*NOT_ON_GATEWAY, "rest/api/3/serverInfo"))
    }
    shapes = {re.sub(r"{\w+}", "{}", path) for path in paths}
    assert shapes == {re.sub(r"{\w+}", "{}", path) for path in ENDPOINTS}
