"""Who refers to whom, so that nothing has to be searched for."""

from collections.abc import Iterable

from sandbox.port.model import Key


class Links:
    """Remember the relations between entities in both directions."""

    def __init__(self) -> None:
        # Dictionaries for sets, since these keep the order.
        self._from: dict[Key, dict[Key, None]] = {}
        self._to: dict[Key, dict[Key, None]] = {}

    def replace(self, source: Key, targets: Iterable[Key]) -> None:
        """Let `source` refer to `targets` and to nothing else."""
        for target in self._from.pop(source, ()):
            del self._to[target][source]
            if not self._to[target]:
                del self._to[target]
        wanted = dict.fromkeys(targets)
        if wanted:
            self._from[source] = wanted
        for target in wanted:
            self._to.setdefault(target, {})[source] = None

    def sources(self, target: Key) -> list[Key]:
        """Return what refers to `target`."""
        return list(self._to.get(target, ()))

    def related(self, start: Key) -> dict[Key, None]:
        """Return all that `start` leads to and all that leads to it, over any hops."""
        upstream = _reachable(start, self._from)
        return {**upstream, **_reachable(start, self._to)}


def _reachable(start: Key, edges: dict[Key, dict[Key, None]]) -> dict[Key, None]:
    found: dict[Key, None] = {}
    waiting = [start]
    while waiting:
        for key in edges.get(waiting.pop(), ()):
            if key not in found and key != start:
                found[key] = None
                waiting.append(key)
    return found
