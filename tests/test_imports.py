"""Imports point downward only, in no circle, and the vendors don't know each other."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each part may import of the others; everything may import itself.
CORE = {"core"}
FRAMEWORK = CORE | {"framework"}
VENDOR = FRAMEWORK | {"client"}
BOTH = VENDOR | {"jira", "octopus"}
EVENTS = BOTH | {"links", "live_events"}
ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "framework": CORE,
    "client": FRAMEWORK,
    "jira": VENDOR,
    "octopus": VENDOR,
    "links": BOTH,
    "live_events": BOTH | {"links"},
    "webhook_processors": EVENTS,
    "actions": BOTH,
    "integration": BOTH | {"links"},
    "debug": set(),
    "commands": EVENTS | {"webhook_processors", "actions"},
    "main": EVENTS | {"integration", "webhook_processors", "actions"},
}
# Finding keys in texts is for links, but needs no product; Octopus uses it.
EXCEPTIONS = {("octopus", "links.issue_keys")}
PRODUCT = set(ALLOWED)
NOT_PRODUCT = {"sandbox", "tests"}
# Who may touch the running Ocean application.
OCEAN_CONTEXT = "port_ocean.context.ocean"
OCEAN_CONTEXT_USERS = {
    "commands/probe.py",
    "jira/subscription.py",
    "links/connections.py",
    "live_events/belonging.py",
    "live_events/dependents.py",
    "live_events/registration.py",
    "live_events/service.py",
    "main.py",
    "octopus/subscription.py",
}


def python_files() -> list[Path]:
    """Return all files of ours, relative to the root; hidden folders are of tools."""
    folders = [path for path in ROOT.iterdir() if not path.name.startswith(".")]
    found = [*ROOT.glob("*.py"), *(f for path in folders for f in path.rglob("*.py"))]
    return sorted(path.relative_to(ROOT) for path in found)


def part_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    """Return the dotted name of a file's module."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def imported_modules(path: Path) -> list[str]:
    """Return the dotted names of everything that a file imports, names included."""
    return [*_imported(path)]


def _imported(path: Path) -> Iterator[str]:
    package = list(path.parts[:-1])
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


ALL = python_files()
FILES = [path for path in ALL if path.parts[0] not in NOT_PRODUCT]


def test_files_are_found() -> None:
    assert {part_of(path) for path in FILES} == PRODUCT
    # In Ocean's repository, the stand-ins are below the tests.
    there = {"tests"} if (ROOT / "sandbox").is_symlink() else NOT_PRODUCT
    assert {part_of(path) for path in ALL} >= there


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_downward_only(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{path}: say in {Path(__file__).name} what it may import"

    for module in imported_modules(path):
        top = module.split(".")[0]
        assert top not in NOT_PRODUCT, f"{path} imports {module}: not product code"
        if (part, module.rpartition(".")[0]) in EXCEPTIONS:
            continue
        if top in PRODUCT - {part}:
            assert top in ALLOWED[part], f"{path} must not import {module}"


def test_no_imports_run_in_a_circle() -> None:
    names = {name_of(path) for path in ALL}
    imports = {
        name_of(path): {
            found if found in names else found.rpartition(".")[0]
            for found in imported_modules(path)
        }
        for path in ALL
    }
    graph = {name: found & names - {name} for name, found in imports.items()}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_the_edges_know_the_running_application(path: Path) -> None:
    if path.as_posix() in OCEAN_CONTEXT_USERS:
        return
    for module in imported_modules(path):
        assert not f"{module}.".startswith(
            f"{OCEAN_CONTEXT}."
        ), f"{path} must not import {module}"


@pytest.mark.process
def test_core_and_client_need_no_running_application() -> None:
    modules = [name_of(path) for path in FILES if part_of(path) in ("core", "client")]
    program = "; ".join(
        [
            *(f"import {module}" for module in modules),
            "from port_ocean.context.ocean import ocean",
            "print(ocean.initialized)",
        ]
    )

    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stdout.strip()) == (0, "False"), run.stderr
