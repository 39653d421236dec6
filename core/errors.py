"""What can go wrong between us and a vendor, one class per remedy."""


class ConfigurationError(Exception):
    """Say which setting is missing or wrong, and what to do about it.

    `settings` are the names of those that have to change, as people write them.
    """

    def __init__(self, message: str, *settings: str) -> None:
        super().__init__(message)
        self.settings = settings


class NotAvailable(Exception):
    """Say why a kind can't exist here: a licence, a product, a kind of credential."""


class ApiError(Exception):
    """Report a request that brought no data; `status` is None without a reply.

    `words` are the vendor's own, as far as the reply has any.
    """

    def __init__(
        self, message: str, *, status: int | None = None, words: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.words = words


class Unauthorized(ApiError):
    """401: the credential is wrong, expired or revoked. Ends the whole resync."""


class Forbidden(ApiError):
    """403: the credential is good but lacks a permission, which the message names."""


class NotFound(ApiError):
    """404: the object is gone, or invisible to this credential."""


class Gone(ApiError):
    """410: the object, or the endpoint itself, was removed permanently."""


class RateLimited(ApiError):
    """429, after every retry: the vendor asked for more patience than we have."""


class Refused(ApiError):
    """Any other 3xx or 4xx: the request itself must change (a selector, a URL)."""


class Unavailable(ApiError):
    """5xx, no connection, or a reply that is not JSON, after every retry."""


class Unreachable(Unavailable):
    """No connection can be made: a wrong name, a firewall, or nobody listens."""


class MalformedReply(ApiError):
    """JSON of another shape than documented, or paging that runs in a circle."""


class Incomplete(ApiError):
    """Some parents could not be read; the items of all the others were delivered."""

    def __init__(self, what: str, failures: list[Exception]) -> None:
        shown = "; ".join(str(failure) for failure in failures[:3])
        more = f"; and {len(failures) - 3} more" if len(failures) > 3 else ""
        super().__init__(f"{len(failures)} {what} could not be read: {shown}{more}")
        self.failures = failures
