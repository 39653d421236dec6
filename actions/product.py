"""What the executors of a product share: its client, signed in once."""

from abc import ABC, abstractmethod
from typing import ClassVar

from actions.executor import Executor
from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.service import Actions
from client import ApiClient

NOT_SET_UP = "Not set up"


class ProductExecutor(Executor, ABC):
    """Carry out one action of one product."""

    PRODUCT: ClassVar[str]

    def __init__(self, actions: Actions, api: ApiClient | None) -> None:
        """Take the client of a connection, None where the product is not set up."""
        super().__init__(actions)
        self._api = api
        self._has_signed_in = False

    @property
    def scope(self) -> str:
        """Return what the connection's identifiers in the catalog begin with."""
        return self._api.site.scope if self._api else ""

    @property
    def site_url(self) -> str:
        """Return what the links to the connection's pages begin with."""
        return self._api.site_url if self._api else ""

    @abstractmethod
    async def sign_in(self, api: ApiClient) -> None:
        """Find out whether a client's credential is good; raises ApiError."""

    async def connect(self) -> ApiClient:
        """Return the client; the first time, sign in."""
        api = self._api
        if api is None:
            raise ActionFailed(
                f"{self.PRODUCT} {NOT_SET_UP.lower()}. {NOTHING_CHANGED}", NOT_SET_UP
            )
        if not self._has_signed_in:
            await self.sign_in(api)
            self._has_signed_in = True
        return api
