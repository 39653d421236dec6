"""The few shapes that every layer shares."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from core.paging import Paging

# A vendor's JSON object as it came, plus our additions under `__` keys.
type Item = dict[str, Any]
# Query parameters, or the JSON body of a POST that only reads.
type Params = dict[str, Any]


class Api(Protocol):
    """What fetching needs of a vendor's client; `client.ApiClient` is the real one."""

    site_url: str
    # What paths need to know about the site: ids of the organization and the like.
    facts: dict[str, str]

    async def get(self, path: str, params: Params | None = None) -> Any:
        """Return the parsed reply to a GET."""

    async def get_public(self, path: str) -> Any:
        """Return the parsed reply to a GET that carries no credential."""

    async def read(self, path: str, body: Params) -> Any:
        """Return the parsed reply to a POST that changes nothing."""

    def pages(
        self, path: str, paging: "Paging", params: Params | None = None
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by GET."""

    def pages_by_post(
        self, path: str, paging: "Paging", body: Params
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by POST."""

    def recall(self, key: str) -> list[Item] | None:
        """Return what `remember` kept lately under `key`."""

    def remember(self, key: str, items: list[Item]) -> None:
        """Keep a short list that several kinds of one resync need."""
