"""Imports point downward only, and the vendors know nothing of each other."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each part may import of the others; everything may import itself.
ALLOWED: dict[str, set[str]] = {
    "main": {
        "integration",
        "live_events",
        "jira_projects",
        "webhook_processors",
        "jira",
        "octopus",
        "core",
        "client",
    },
    "probe": {"core"},
    "unregister": {"live_events"},
    "live_events": {
        "jira_projects",
        "webhook_processors",
        "jira",
        "octopus",
        "core",
        "client",
    },
    "jira_projects": {"jira", "octopus", "core"},
    "integration": {"jira", "octopus", "core", "client"},
    "webhook_processors": {"jira", "octopus", "core", "client"},
    "jira": {"core", "client"},
    "octopus": {"core", "client"},
    "client": {"core"},
    "core": set(),
    "run_once": set(),
}
PRODUCT = set(ALLOWED)
NOT_PRODUCT = {"sandbox", "tests"}
# Who may touch the running Ocean application.
OCEAN_CONTEXT = "port_ocean.context.ocean"
OCEAN_CONTEXT_USERS = {
    "main.py",
    "live_events.py",
    "jira/connection.py",
    "jira/subscription.py",
    "octopus/connection.py",
    "octopus/subscription.py",
    "probe.py",
    "webhook_processors/base.py",
    "webhook_processors/dependents.py",
}


def python_files() -> list[Path]:
    """Return the product's files, relative to the root."""
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    return sorted(
        path
        for path in found
        if not path.parts[0].startswith(".") and path.parts[0] not in NOT_PRODUCT
    )


def part_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the dotted names of everything that a file imports, names included."""
    package = list(path.parts[:-1])
    for node in ast.walk(ast.parse((ROOT / path).read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


FILES = python_files()


def test_files_are_found() -> None:
    assert {part_of(path) for path in FILES} >= {"main", "core", "client", "jira"}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_downward_only(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{path}: say in {Path(__file__).name} what it may import"

    for module in imported_modules(path):
        top = module.split(".")[0]
        assert top not in NOT_PRODUCT, f"{path} imports {module}: not product code"
        if top in PRODUCT - {part}:
            assert top in ALLOWED[part], f"{path} must not import {module}"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_the_edges_know_the_running_application(path: Path) -> None:
    if path.as_posix() in OCEAN_CONTEXT_USERS:
        return
    for module in imported_modules(path):
        assert not f"{module}.".startswith(
            f"{OCEAN_CONTEXT}."
        ), f"{path} must not import {module}"


def test_core_and_client_need_no_running_application() -> None:
    modules = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in FILES
        if part_of(path) in ("core", "client")
    ]
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
