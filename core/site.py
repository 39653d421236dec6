"""Which of several sites or servers of a product something comes from."""

from dataclasses import dataclass

from core.types import Item

# What each item carries: the name, and what its identifiers in the catalog begin with.
SITE, SCOPE = MARKS = ("__site", "__scope")
# How a name or a scope is written.
NAME_FORM = "[a-z][a-z0-9-]{0,29}"
# How people call the one that the plain settings describe, which needs no name.
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Site:
    """One site of Jira, or one server of Octopus Deploy.

    `name` is empty for the one that the plain settings describe. `scope` is a prefix,
    such as `emea/`: ids of different sites may be equal, identifiers may not.
    """

    name: str = ""
    scope: str = ""

    @property
    def label(self) -> str:
        """Return how people call it."""
        return self.name or DEFAULT

    def product(self, name: str) -> str:
        """Return how a product is called here in messages: `Jira (emea)`."""
        return f"{name} ({self.name})" if self.name else name

    def place_in(self, setting: str) -> str:
        """Return where its settings are, in messages: ` of emea in jiraSites`."""
        return f" of {self.name} in {setting}" if self.name else ""

    def named(self, name: str) -> str:
        """Return a name of something here that nothing elsewhere has."""
        return f"{self.name} {name}" if self.name else name

    def mark(self, item: Item) -> Item:
        """Return an item that tells where it comes from."""
        return {**item, SITE: self.name, SCOPE: self.scope}


FIRST = Site()
