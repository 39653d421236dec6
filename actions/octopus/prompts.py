"""Prompted variables: which there are, and what is given for them."""

import json
from collections.abc import Sequence

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import OBJECT, WRONG_INPUT, Input
from client import ApiClient
from core.types import Item
from core.values import child, objects, text

VARIABLES = Input(name="variables", type=OBJECT)
VARIABLES_MISSING = "Variables missing"


async def read_prompts(api: ApiClient, path: str) -> tuple[list[Item], Item]:
    """Return the elements of a preview's form, and the values that it begins with.

    https://octopus.com/docs/api/releases (deployments/preview)
    """
    form = child(await api.get(path), "Form")
    return objects(form.get("Elements")), child(form, "Values")


def fill_in(elements: Sequence[Item], values: Item, given: Item) -> dict[str, str]:
    """Return the answers by the names of the form's elements.

    Raises ActionFailed that names required variables without a value, and what is given
    for variables that aren't prompted for.
    """
    wanted = {name.casefold(): value for name, value in given.items()}
    answers: dict[str, str] = {}
    missing: list[str] = []
    for element in elements:
        id_ = str(element.get("Name"))
        keys = [name.casefold() for name in names_of(element)]
        found = next((wanted[key] for key in keys if key in wanted), values.get(id_))
        if found not in (None, ""):
            answers[id_] = _as_text(found)
        elif _is_required(element):
            missing.append(names_of(element)[0])
    if missing:
        told = f"Prompted variables need a value: {', '.join(missing)}"
        how = f"Give them in {VARIABLES.name}"
        raise ActionFailed(f"{told}. {how}. {NOTHING_CHANGED}", VARIABLES_MISSING)
    return answers


def check_known(elements: Sequence[Item], given: Item) -> None:
    """Raise ActionFailed for a value of a variable that isn't prompted for."""
    known = {n.casefold(): n for element in elements for n in names_of(element)}
    if odd := [name for name in given if name.casefold() not in known]:
        names = ", ".join(dict.fromkeys(names_of(one)[0] for one in elements))
        told = (
            f"No variable {', '.join(odd)} is prompted for. There is {names or 'none'}"
        )
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)


def names_of(element: Item) -> list[str]:
    """Return what a prompted variable may be called: its name first, then its label."""
    control = child(element, "Control")
    names = (control.get("Name"), control.get("Label"), element.get("Name"))
    return [found for name in names if (found := text(name))]


def _is_required(element: Item) -> bool:
    flags = (element.get("IsValueRequired"), child(element, "Control").get("Required"))
    return True in flags


def _as_text(value: object) -> str:
    """Return a value as Octopus has it: everything is text there."""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
