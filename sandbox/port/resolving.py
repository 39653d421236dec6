"""Replace the searches that an entity may have instead of identifiers."""

from collections.abc import Callable

from sandbox.port.model import Item, Rejected

# Of a blueprint and a query, the identifiers of what fits.
type Finder = Callable[[str, Item], list[str]]


def resolved(blueprint: Item, sent: Item, find: Finder) -> Item:
    """Return what is sent with identifiers for searches; one that fails is null."""
    identifier, team = sent.get("identifier"), sent.get("team")
    if isinstance(identifier, dict):
        identifier = _only(find(blueprint["identifier"], identifier))
    if isinstance(team, dict):
        sent = {**sent, "team": find("_team", team)}
    relations = dict(sent.get("relations") or {})
    for name, value in relations.items():
        relation = blueprint["relations"].get(name)
        if isinstance(value, dict) and relation is not None:
            found = find(relation["target"], value)
            relations[name] = found if relation["many"] else next(iter(found), None)
    return {**sent, "identifier": identifier, "relations": relations}


def _only(found: list[str]) -> str:
    if len(found) != 1:
        message = f"the identifier's query finds {len(found)} entities"
        raise Rejected(404, "not_found", message)
    return found[0]
