"""What the stand-ins of Jira and Octopus both hold: a company's items, and faults."""

from abc import ABC, abstractmethod

from sandbox.company import Collection, Company, Item
from sandbox.faults import Faults


class VendorState(ABC):
    """Items by collection and id, and what the credential may see of them."""

    def __init__(
        self,
        company: Company,
        collections: dict[str, Collection],
        faults: Faults | None = None,
    ) -> None:
        self.company = company
        self.collections = collections
        self.faults = faults or Faults()
        self._last_numbers: dict[str, int] = {}

    def put(self, collection: str, id_: str, item: Item) -> None:
        """Add or replace a raw item."""
        self.collections.setdefault(collection, Collection())[id_] = item

    def delete(self, collection: str, id_: str) -> Item | None:
        """Remove a raw item and return it, or None if there was none."""
        items = self.collections.get(collection, Collection())
        item: Item | None = items.pop(id_, None)
        return item

    def next_number(self, collection: str) -> int:
        """Return a number above those of a collection's ids, and never the same again.

        So the id of an item that is created and deleted does not come again.
        """
        known = (int(id_.rpartition("-")[2]) for id_ in self.collections[collection])
        number = max(*known, self._last_numbers.get(collection, 0), 0) + 1
        self._last_numbers[collection] = number
        return number

    @abstractmethod
    def sees(self, collection: str, item: Item) -> bool:
        """Tell whether the credential may see an item."""

    def visible(self, collection: str) -> list[Item]:
        """Return the raw items that the credential may see."""
        items = self.collections[collection].values()
        return [item for item in items if self.sees(collection, item)]
