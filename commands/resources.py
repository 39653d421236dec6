"""Bring this version's blueprints, pages and scorecards into Port.

The framework creates them at the very first start only. What Port lacks is shown, and
added if you agree. What is there in another form stays as it is, so nothing that people
have changed is overwritten, and nothing is deleted. The mapping is not changed.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from commands.line import ROOT, command, end_with
from commands.port import NoAnswer, Port, Refused, open_port
from commands.resource_merge import (
    Change,
    blueprint_change,
    page_change,
    scorecard_change,
    unmapped,
)
from commands.settings import read_settings
from framework.blueprints import CALCULATED, RELATIONS, without
from framework.settings import SettingsMistake

type Item = dict[str, Any]

RESOURCES = ROOT / ".port/resources"
NOT_WRITTEN = 3
STATUSES = {
    0: "Port has everything, maybe since now",
    1: "Port refused something, or could not be asked",
    NOT_WRITTEN: "Port lacks something, and nothing was written",
}
# What Port keeps for itself; a request must not have it.
OF_PORT = (
    *("createdAt", "createdBy", "updatedAt", "updatedBy", "id", "_id", "blueprint"),
    "changelogDestination",
)
REPEAT = "Nothing was written. To write it, repeat this with --yes."


@dataclass(frozen=True)
class Shipped:
    """What this version has."""

    blueprints: list[Item]
    scorecards: list[Item]
    pages: list[Item]
    mapping: list[Item]


def load(folder: Path = RESOURCES) -> Shipped:
    """Return what a folder of resources has."""

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text("utf-8"))

    mapping = yaml.safe_load((folder / "port-app-config.yml").read_text("utf-8"))
    return Shipped(
        read("blueprints.json"),
        read("scorecards.json"),
        read("pages.json"),
        mapping["resources"],
    )


def find_changes(port: Port, shipped: Shipped) -> list[Change]:
    """Return what may be written; raises NoAnswer if Port doesn't say what it has."""
    known = {one["identifier"]: one for one in listed(port, "blueprints")}
    changes = [
        blueprint_change(ours, known.get(ours["identifier"]))
        for ours in shipped.blueprints
    ]
    for preset in shipped.scorecards:
        owner, cards = preset["blueprint"], dict[str, Item]()
        if owner in known:
            path = f"blueprints/{quote(owner, safe='')}/scorecards"
            cards = {one["identifier"]: one for one in listed(port, path)}
        changes += [
            scorecard_change(owner, ours, cards.get(ours["identifier"]))
            for ours in preset["data"]
        ]
    for ours in shipped.pages:
        found = port.ask("GET", f"pages/{quote(ours['identifier'], safe='')}")
        changes.append(page_change(ours, found and found["page"]))
    return changes


def listed(port: Port, path: str) -> list[Item]:
    """Return what Port lists at a path, by the last word of it."""
    found = port.ask("GET", path) or {}
    return list(found.get(path.rpartition("/")[2], []))


def write(port: Port, changes: list[Change]) -> Iterator[str]:
    """Write what is needed; yield what Port refuses.

    Blueprints refer to each other: first all are made, then related, then calculated.
    """
    needed = [change for change in changes if change.is_needed]
    blueprints = [change for change in needed if change.kind == "blueprint"]
    for change in blueprints:
        if change.is_new:
            bare = without(change.document, RELATIONS + CALCULATED)
            yield from _write_one(port, "POST", "blueprints", bare, change)
    for left_out in (CALCULATED, ()):
        for change in blueprints:
            path = f"blueprints/{quote(change.identifier, safe='')}"
            body = without(change.document, left_out)
            yield from _write_one(port, "PATCH", path, body, change)
    for change in needed:
        if change.kind != "blueprint":
            method, path = place_of(change)
            yield from _write_one(port, method, path, change.document, change)


def place_of(change: Change) -> tuple[str, str]:
    """Return how and where Port takes a page or a scorecard.

    https://docs.port.io/api-reference/port-api/
    """
    path = "pages"
    if change.kind == "scorecard":
        path = f"blueprints/{quote(change.owner, safe='')}/scorecards"
    if change.is_new:
        return "POST", path
    method = "PUT" if change.kind == "scorecard" else "PATCH"
    return method, f"{path}/{quote(change.identifier, safe='')}"


def _write_one(
    port: Port, method: str, path: str, body: Item, change: Change
) -> Iterator[str]:
    what = f"{change.kind} {change.identifier}"
    return refused(port, method, path, without(body, OF_PORT), what)


def refused(port: Port, method: str, path: str, body: Item, what: str) -> Iterator[str]:
    """Write something; yield why Port does not take it."""
    try:
        if port.ask(method, path, body) is None:
            yield f"{what}: there is no {path}"
    except Refused as error:
        yield f"{what}: {error}"


def run(port: Port, shipped: Shipped, agrees: Callable[[], bool]) -> int:
    """Show what Port lacks, and write it if that is agreed; return the exit status."""
    changes = find_changes(port, shipped)
    for line in (line for change in changes for line in change.lines()):
        print(line)
    tell_of_mapping(port, shipped)
    if not any(change.is_needed for change in changes):
        print("Port has all blueprints, pages and scorecards of this version.")
        return 0
    return write_if(agrees, write(port, changes))


def write_if(agrees: Callable[[], bool], writing: Iterator[str]) -> int:
    """Write if that is agreed, and tell what Port refuses; return the exit status.

    `writing` writes as its lines are read, which say what is refused.
    """
    if not agrees():
        print(REPEAT)
        return NOT_WRITTEN
    lines = [*dict.fromkeys(writing)]
    for line in lines:
        print(f"Refused by Port: {line}")
    if not lines:
        print("Written.")
    return 1 if lines else 0


def tell_of_mapping(port: Port, shipped: Shipped) -> None:
    """Print what the mapping in Port lacks, for it stays as people have it."""
    if not (config := port.integration().get("config")):
        return
    try:
        lacking = list(unmapped(shipped.mapping, config.get("resources", ())))
    except (AttributeError, KeyError, TypeError):  # people write it
        print("The mapping in Port has mistakes; the probe names them.")
        return
    if lacking:
        print("The mapping in Port is yours; .port/resources/port-app-config.yml has")
        print("what it lacks by default:")
        print("\n".join(f"    {line}" for line in lacking))


def ask_people() -> bool:
    """Return whether somebody at the terminal says yes; without one, nobody does."""
    if not sys.stdin.isatty():
        return False
    return input("Write this to Port? [y/N] ").strip().lower() in ("y", "yes")


def main() -> int:
    """Return the exit status of this program."""
    parser = command("resources", __doc__, STATUSES)
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    is_agreed = parser.parse_args().yes
    os.chdir(ROOT)
    try:
        with open_port(read_settings()) as port:
            return run(port, load(), lambda: is_agreed or ask_people())
    except (SettingsMistake, NoAnswer, Refused) as error:
        print(f"Failed: {error}", flush=True)
        return 1


if __name__ == "__main__":
    end_with(main)
