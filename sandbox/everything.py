"""Default resources with every kind in them, also those that the default leaves out."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from sandbox.sail import ROOT

DEFAULTS = ROOT / ".port/resources"
MAPPING = DEFAULTS / "port-app-config.yml"
EXAMPLES = ROOT / ".port/examples"


def write_resources(folder: Path, kinds: Collection[str] | None = None) -> None:
    """Copy the default resources and add the kinds that only the examples have.

    With `kinds`, the mapping has these alone.
    """
    shutil.copytree(DEFAULTS, folder, dirs_exist_ok=True)
    config = _load(MAPPING)
    blueprints = json.loads((DEFAULTS / "blueprints.json").read_text("utf-8"))
    mapped = {resource["kind"] for resource in config["resources"]}
    for example in sorted(EXAMPLES.iterdir()):
        if example.name not in mapped and (kinds is None or example.name in kinds):
            config["resources"].append(_load(example / "mapping.yml"))
            blueprints.append(
                json.loads((example / "blueprint.json").read_text("utf-8"))
            )
    if kinds is not None:
        chosen = [r for r in config["resources"] if r["kind"] in kinds]
        config["resources"] = chosen
    (folder / "port-app-config.yml").write_text(yaml.safe_dump(config), "utf-8")
    (folder / "blueprints.json").write_text(json.dumps(blueprints), "utf-8")


def default_kinds() -> set[str]:
    """Return the kinds of the default mapping."""
    return {resource["kind"] for resource in _load(MAPPING)["resources"]}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))
