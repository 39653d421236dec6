"""When Port computes aggregations, and for how many entities.

It does so every 15 minutes, and only for blueprints of at most 20,000 entities:
https://docs.port.io/build-your-software-catalog/customize-integrations/configure-data-model/setup-blueprint/properties/aggregation-property
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SECONDS = 900.0
MOST_ENTITIES = 20_000

# A property of an entity: blueprint, identifier, name.
type Place = tuple[str, str, str]


@dataclass
class AggregationLimits:
    """Keeps what was computed last; nothing is before the first 15 minutes are over.

    A value is computed when it is first asked for in its 15 minutes. Port does not say
    whose entities count, so it is those of the blueprint and those of the target.
    """

    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _round: int = 0
    _known: dict[Place, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def value(self, place: Place, entities: int, compute: Callable[[], Any]) -> Any:
        """Return what Port would show of an aggregation over so many entities."""
        now = int((self.clock() - self._began) // SECONDS)
        if now == 0 or entities > MOST_ENTITIES:
            return None
        if now != self._round:
            self._round, self._known = now, {}
        if place not in self._known:
            self._known[place] = compute()
        return self._known[place]
