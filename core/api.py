"""What fetching needs of a vendor's client."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

from core.clock import VendorClock
from core.errors import ApiError
from core.pages import Until
from core.paging import Paging
from core.replies import Check, check_object
from core.site import Site
from core.types import Item, Params


class Api(Protocol):
    """Reads from one vendor; `client.ApiClient` is the real one."""

    site_url: str
    # Which of several sites or servers it is.
    site: Site
    # What paths need to know about the site: ids of the organization and the like.
    facts: dict[str, str]
    # What vendors date is compared with their own time.
    clock: VendorClock

    @property
    def siblings(self) -> Sequence["Api"]:
        """Return the other sites or servers of the same product."""

    def __hash__(self) -> int:
        """Clients are told apart by identity; caches look them up."""

    async def get(
        self, path: str, params: Params | None = None, *, once: bool = False
    ) -> Item:
        """Return the object that a GET brings; with `once`, nothing is retried."""

    async def get_array(self, path: str, params: Params | None = None) -> list[Any]:
        """Return the array that a GET brings."""

    async def get_public(self, path: str) -> Item:
        """Return the object that a GET without a credential brings."""

    async def read(
        self,
        path: str,
        body: Params,
        check: Check = check_object,
        *,
        once: bool = False,
    ) -> Any:
        """Return the parsed reply to a POST that changes nothing."""

    async def confirm_identity(self) -> None:
        """Raise Unauthorized if a reply since the last call was an anonymous one."""

    def pages(
        self,
        path: str,
        paging: Paging,
        params: Params | None = None,
        *,
        until: Until | None = None,
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by GET.

        It may end early, with a page that fulfils `until`.
        """

    def pages_by_post(
        self, path: str, paging: Paging, body: Params
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by POST."""

    def recall(self, key: str) -> list[Item] | None:
        """Return, or raise, what `remember` kept lately under `key`."""

    def remember(self, key: str, held: list[Item] | ApiError) -> None:
        """Keep a short list that several kinds of a resync need, or what went wrong."""
