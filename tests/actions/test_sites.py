"""A run goes to the site that its inputs name, and keeps its own words."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from actions.inputs import ARRAY, Input, names_in
from actions.jira import EXECUTORS as IN_JIRA
from actions.octopus import EXECUTORS as IN_OCTOPUS
from actions.outcome import Failed
from actions.sites import Dispatcher, by_site

INPUTS = (
    Input(name="issueKey", is_subject=True),
    Input(name="tenants", type=ARRAY),
    Input(name="comment", is_text=True),
)
SCOPES = ("", "emea/", "emea/test/")


class Noted:
    """An executor that notes what it gets."""

    ACTION_NAME, INPUTS = "comment", INPUTS

    def __init__(self, scope: str, site_url: str = "") -> None:
        self.scope, self.site_url = scope, site_url
        self.got: list[Any] = []
        self.actions = self

    def at_work(self, run: Any) -> nullcontext[None]:
        return nullcontext()

    async def report(self, run: Any, ending: Failed) -> None:
        self.got.append((ending.label, ending.message))

    async def execute(self, run: Any) -> None:
        self.got.append(("execute", run))

    async def resume(self, run: Any, why: str, link: str) -> None:
        self.got.append(("resume", run, why, link))

    async def take_up(self, run: Any, link: str) -> None:
        self.got.append(("take up", run, link))


def run_with(**inputs: Any) -> Any:
    return SimpleNamespace(execution_properties=inputs)


@pytest.mark.parametrize(
    ("inputs", "site"),
    [
        ({"issueKey": "SHOP-1"}, 0),
        ({"issueKey": "emea/SHOP-1"}, 1),
        ({"issueKey": " emea/SHOP-1"}, 1),
        ({"issueKey": "emea/test/SHOP-1"}, 2),
        ({"issueKey": "other/SHOP-1"}, 0),
        ({"tenants": ["emea/Tenants-1"]}, 1),
        ({"tenants": "emea/Tenants-1, emea/Tenants-2"}, 1),
        ({"issueKey": "emea/SHOP-1", "tenants": ["by name"]}, 1),
        ({"issueKey": "SHOP-1", "comment": "emea/SHOP-1 is meant"}, 0),
        ({"unknown": "emea/SHOP-1", "issueKey": 7}, 0),
        ({}, 0),
    ],
    ids=str,
)
async def test_the_scope_of_a_name_decides(inputs: dict[str, Any], site: int) -> None:
    sites: Any = [*map(Noted, SCOPES)]
    dispatcher, run = Dispatcher(sites), run_with(**inputs)
    await dispatcher.execute(run)
    await dispatcher.resume(run, "why", "link")
    await dispatcher.take_up(run, "link")
    expected = [
        ("execute", run),
        ("resume", run, "why", "link"),
        ("take up", run, "link"),
    ]
    assert [one.got for one in sites] == [
        expected if number == site else [] for number in range(3)
    ]


@pytest.mark.parametrize(
    ("link", "site"),
    [
        ("https://a.example/app#/Spaces-1/tasks/ServerTasks-1", 0),
        ("https://b.example/app#/Spaces-1/tasks/ServerTasks-1", 1),
        ("https://b.example/octopus/app#/Spaces-1/tasks/ServerTasks-1", 2),
        ("https://b.example.org/app", 0),
        ("", 0),
    ],
)
async def test_the_link_of_a_run_decides_without_its_inputs(
    link: str, site: int
) -> None:
    urls = ("https://a.example", "https://b.example", "https://b.example/octopus")
    sites: Any = [Noted(f"s{n}/" if n else "", url) for n, url in enumerate(urls)]
    run = run_with()
    await Dispatcher(sites).take_up(run, link)
    await Dispatcher(sites).resume(run, "why", link)

    expected = [("take up", run, link), ("resume", run, "why", link)]
    assert [one.got for one in sites] == [
        expected if number == site else [] for number in range(3)
    ]


@pytest.mark.parametrize(
    ("inputs", "wrong", "scope"),
    [
        ({"issueKey": "SHOP-1", "tenants": ["emea/Tenants-1"]}, "issueKey", "emea/"),
        ({"issueKey": "emea/SHOP-1", "tenants": "emea/test/T"}, "tenants", "emea/"),
        ({"tenants": "by name, emea/T", "issueKey": "SHOP-1"}, "issueKey", "emea/"),
    ],
    ids=str,
)
async def test_nothing_is_done_for_names_of_several_sites(
    inputs: dict[str, Any], wrong: str, scope: str
) -> None:
    sites: Any = [*map(Noted, SCOPES)]
    await Dispatcher(sites).execute(run_with(**inputs))
    ((label, told),) = (one for site in sites for one in site.got)
    assert label == "Input wrong"
    assert told.startswith(f"{wrong} must be of the same site")
    assert f"begin with {scope!r}. Nothing was changed" in told


@pytest.mark.parametrize("name", ["gitRef", "tenantTags", "packages", "status"])
def test_branches_and_tags_name_no_site(name: str) -> None:
    inputs = [one for each in (*IN_JIRA, *IN_OCTOPUS) for one in each.INPUTS]
    given = {name: f"emea/{name}"}
    assert any(one.name == name for one in inputs)
    assert [*names_in(inputs, given)] == []


def test_one_site_needs_nobody_in_between() -> None:
    only: Any = Noted("")
    assert by_site([[only]]) == [only]
    (shared,) = by_site([[only], [only]])
    assert isinstance(shared, Dispatcher)
    assert shared.ACTION_NAME == only.ACTION_NAME
    # The framework asks for it when the process starts.
    assert shared.WEBHOOK_PROCESSOR_CLASS is None
