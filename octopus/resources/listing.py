"""What is known of a list of a space while it is read (pure)."""

from collections.abc import Iterable
from typing import Any

from octopus.resources.places import Number


class Listing:
    """The reading of one list of a space: what it names, and what was kept of that.

    `untold` are the deployments that others had to be told of when it began.
    """

    def __init__(self, untold: Iterable[Number] = ()) -> None:
        self.untold = {*untold}
        self.named: set[Any] = set()
        self.kept: set[Number] = set()
