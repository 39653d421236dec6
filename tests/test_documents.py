"""The documentation agrees with the code: messages, links, names."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import webhook_processors.jira as jira_events
import webhook_processors.octopus as octopus_events
from jira.kinds import JiraKind
from octopus.kinds import OctopusKind

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
BLUEPRINTS = {
    blueprint["identifier"]: blueprint
    for blueprint in json.loads(
        (ROOT / ".port/resources/blueprints.json").read_text("utf-8")
    )
}
EXAMPLES = sorted((ROOT / ".port/examples").glob("*/raw.json"))
PRODUCT = (
    "commands/*.py",
    *("*.py", "core/*.py", "framework/*.py", "links/*.py", "live_events/*.py"),
    *("jira/**/*.py", "octopus/**/*.py", "webhook_*/*.py"),
)
# README is for a first look.
MAX_LINES = 250


def texts(source: str) -> Iterator[str]:
    """Yield the texts in a program as they look, with `…` for what is put in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…"
                for part in node.values
            )


@cache
def said() -> str:
    """Return everything that the integration can say."""
    files = [file for pattern in PRODUCT for file in ROOT.glob(pattern)]
    told = [text for file in files for text in texts(file.read_text("utf-8"))]
    return "\n".join(told)


def messages() -> list[str]:
    _, _, section = README.read_text("utf-8").partition("goes wrong\n")
    rows = re.findall(r"^\| (.*?) \|", section.split("\n## ")[0], flags=re.M)
    return [message for row in rows for message in re.findall("`(.+?)`", row)]


@pytest.mark.parametrize("message", messages())
def test_a_message_of_the_readme_is_one_that_people_can_get(message: str) -> None:
    if message == "403":
        return  # the vendor's status, not our words
    everything = said()
    for part in filter(None, (part.strip(" .()[]") for part in message.split("…"))):
        assert part in everything, part


def test_messages_are_found() -> None:
    assert len(messages()) > 5


@EACH_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if heading:
            assert heading in headings(file), target


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in found}


@EACH_PAGE
def test_files_that_a_page_names_exist(page: Path) -> None:
    for name in re.findall(r"`(\w+/[\w/]+\.py)`", page.read_text("utf-8")):
        assert (ROOT / name).exists(), name


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", README.read_text("utf-8")))
    assert linked == {str(page.relative_to(ROOT)) for page in PAGES[2:]}


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= MAX_LINES


def test_the_arrows_of_the_readme_are_relations_of_the_blueprints() -> None:
    arrow = r"^  ([a-z]+[A-Z]\w+) -->\|(\w+)\| (\w+)$"
    drawn = re.findall(arrow, README.read_text("utf-8"), flags=re.M)
    assert len(drawn) > 5
    for blueprint, relation, target in drawn:
        relations = BLUEPRINTS[blueprint]["relations"]
        assert relations[relation]["target"] == target, (blueprint, relation)


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: raw.parent.name)
def test_the_readme_names_the_blueprint_of_each_kind(raw: Path) -> None:
    entity = json.loads((raw.parent / "entity.json").read_text("utf-8"))
    row = rf"^\| `{raw.parent.name}`(?: ¹)? \| `{entity['blueprint']}` \|"
    assert re.search(row, README.read_text("utf-8"), flags=re.M)


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: raw.parent.name)
def test_what_is_added_to_a_kind_is_documented(raw: Path) -> None:
    item = json.loads(raw.read_text("utf-8"))
    assert {name for name in item if name[:2] == "__"} <= documented_for(
        raw.parent.name
    )


def documented_for(kind: str) -> set[str]:
    """Return the additions to a kind's items that docs/kinds.md has."""
    rows = (ROOT / "docs/kinds.md").read_text("utf-8").splitlines()
    own = [
        r for r in rows if f"`{kind}`" in r or r.startswith(("| all |", "| wherever"))
    ]
    return {name for row in own for name in re.findall(r"`(__\w+)`", row)}


def test_the_kinds_that_wait_for_a_resync_are_documented() -> None:
    page = (ROOT / "docs/live-events.md").read_text("utf-8")
    section = page.partition("## What has no event")[2].partition("\n## ")[0]
    named = set(re.findall(r"`((?:jira|octopus)-[a-z-]+)`", section))
    processors = (*jira_events.PROCESSORS, *octopus_events.PROCESSORS)
    brought = {kind for p in processors for kind in p.resources}
    # Only together with its project.
    brought -= {JiraKind.COMPONENT}
    assert named == {*JiraKind, *OctopusKind} - brought
