"""Name what an installation registers with a vendor (pure functions).

A registration belongs to an identifier and an address. Two Port organizations may each
have an installation of the same identifier, so the identifier alone proves nothing.
"""

# Where the paths of webhooks begin, below the address of an installation.
WEBHOOKS = "/integration/webhook"


def registration_name(identifier: str, url: str) -> str:
    """Return the name of what sends to `url`, by which people recognise it, too."""
    address = url.partition("://")[2].partition(WEBHOOKS)[0]
    return f"{_namesakes(identifier)} at {address}"


def is_namesake(name: object, identifier: str) -> bool:
    """Return whether the name has this identifier, at whatever address."""
    own = _namesakes(identifier)
    return isinstance(name, str) and (name == own or name.startswith(f"{own} at "))


def _namesakes(identifier: str) -> str:
    """Return how the names begin; older versions gave no more than that."""
    return f"Port ({identifier})"


def about_namesakes(product: str, urls: set[str]) -> str:
    """Say what is left alone, and how to remove it."""
    return (
        f"{product} has registrations of this identifier for other addresses, which"
        f" stay: {', '.join(sorted(urls))}. They belong to other installations, or to"
        " this one at a former address: `python -m commands.unregister --address`"
        " removes those of an address"
    )
