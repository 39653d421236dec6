"""Self-service actions as Port keeps them, made of the forms in `.port/actions/`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.parsing import PATH, identifier_of
from commands.line import ROOT

type Item = dict[str, Any]

FORMS = ROOT / ".port/actions"
# What an input is made of that is the entity which the action was started on.
ENTITY = "entity"
# Port hands over entities as a whole where it does so; else their identifiers.
IDENTIFIER = 'if type == "object" then .identifier else . end'


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Whose actions they are.

    With an `address`, Port posts to it; else the integration asks Port.
    """

    identifier: str
    address: str = ""


def read_forms(product: str, folder: Path = FORMS) -> dict[str, Item]:
    """Return the forms of `jira` or `octopus` by the names of their actions."""
    path = folder / f"{product}.yml"
    forms: dict[str, Item] = yaml.safe_load(path.read_text("utf-8"))
    return forms


def build(name: str, form: Item, installation: Installation) -> Item:
    """Return an action for Port's API.

    https://docs.port.io/api-reference/create-an-action-automation
    """
    inputs = form["inputs"]
    trigger: Item = {
        "type": "self-service",
        "operation": form["operation"],
        "blueprintIdentifier": form["blueprint"],
        "userInputs": {
            "properties": inputs,
            "required": form["required"],
            "order": list(inputs),
        },
    }
    if condition := form.get("condition"):
        trigger["condition"] = {"type": "SEARCH", **condition}
    return {
        "identifier": identifier_of(name, installation.identifier),
        "title": form["title"],
        "icon": form["icon"],
        "trigger": trigger,
        "invocationMethod": _invocation(name, form, installation),
        "requiredApproval": form.get("approval", False),
    }


def _invocation(name: str, form: Item, installation: Installation) -> Item:
    values = dict(_values(form))
    if not installation.address:
        return {
            "type": "INTEGRATION_ACTION",
            "installationId": installation.identifier,
            "integrationActionType": name,
            "integrationActionExecutionProperties": values,
        }
    return {
        "type": "WEBHOOK",
        "url": f"{installation.address.rstrip('/')}/integration{PATH}",
        "agent": False,
        "synchronized": False,
        "method": "POST",
        "headers": {"content-type": "application/json"},
        "body": {"runId": "{{ .run.id }}", "action": name, "inputs": values},
    }


def _values(form: Item) -> Iterator[tuple[str, str]]:
    """Yield each input of the action with the expression that Port computes."""
    for wanted, source in form["execute"].items():
        yield wanted, f"{{{{ {_expression(source, form['inputs'])} }}}}"


def _expression(source: str, inputs: Item) -> str:
    """Return the jq for an input of the form, the entity, or a part of it."""
    if source == ENTITY:
        return ".entity.identifier"
    if source.startswith(f"{ENTITY}."):
        return f".{source}"
    asked = inputs[source]
    if asked.get("format") == "entity":
        return f".inputs.{source} | {IDENTIFIER}"
    if asked.get("items", {}).get("format") == "entity":
        return f".inputs.{source} // [] | map({IDENTIFIER})"
    return f".inputs.{source}"
