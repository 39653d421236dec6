"""Charts as SVG, made on the server."""

import math
from collections.abc import Iterable
from datetime import datetime
from html import escape

from sandbox.port.model import Item

COLORS = ("#2f6fde", "#f0a030", "#43a047", "#d9534f", "#8e63ce", "#5c6b7a", "#26a6a4")
# As blueprints and scorecards color their values.
KNOWN = {
    **{"Elite": "#43a047", "High": "#26a6a4", "Medium": "#f0c030", "Low": "#d9534f"},
    **{"Gold": "#d4a017", "Silver": "#9aa5b1", "Bronze": "#b0713a", "Basic": "#a8c7f0"},
    **{"yes": "#43a047", "no": "#d9534f", "(none)": "#c8ced6"},
}
SORTS = {
    **{"start": "#5c6b7a", "release": "#2f6fde"},
    **{"good": "#43a047", "bad": "#d9534f", "open": "#f0c030"},
}
RADIUS, CENTER = 70.0, 80.0
WIDTH, LEFT, LANE = 900, 110, 48
# For the words beside the last step.
ROOM = 180
FIRST, LAST = ["Jira", "release"], 10**6


def pie(shares: dict[str, int]) -> str:
    """Return a pie chart with its legend."""
    total, start, parts = sum(shares.values()), 0.0, []
    for number, (name, count) in enumerate(shares.items()):
        color = KNOWN.get(name, COLORS[number % len(COLORS)])
        parts.append(_slice(start, start + count / total, color))
        y = 24 + 20 * number
        parts.append(
            f'<rect x="180" y="{y - 10}" width="12" height="12" fill="{color}"/>'
        )
        parts.append(f'<text x="198" y="{y}">{escape(name)}: {count}</text>')
        start += count / total
    height = max(160, 30 + 20 * len(shares))
    return _svg(340, height, parts)


def _slice(start: float, end: float, color: str) -> str:
    if end - start > 0.999:
        return f'<circle cx="{CENTER}" cy="{CENTER}" r="{RADIUS}" fill="{color}"/>'
    (x1, y1), (x2, y2) = _point(start), _point(end)
    large = int(end - start > 0.5)
    arc = f"A{RADIUS},{RADIUS} 0 {large} 1 {x2:.1f},{y2:.1f}"
    return f'<path d="M{CENTER},{CENTER} L{x1:.1f},{y1:.1f} {arc} Z" fill="{color}"/>'


def _point(share: float) -> tuple[float, float]:
    angle = 2 * math.pi * share - math.pi / 2
    return CENTER + RADIUS * math.cos(angle), CENTER + RADIUS * math.sin(angle)


def way(steps: Iterable[Item]) -> str:
    """Return what happened to an issue step by step, in a lane for each stage."""
    found = sorted(steps, key=lambda step: _time(step["at"]))
    orders = {s["lane"]: s.get("order", LAST) for s in found if s["lane"] not in FIRST}
    lanes = [*FIRST, *sorted(orders, key=lambda lane: (orders[lane], lane))]
    parts = [_lane(number, lane) for number, lane in enumerate(lanes)]
    gap = (WIDTH - LEFT - ROOM) / max(len(found) - 1, 1)
    points = [
        (LEFT + 20 + gap * number, 30 + LANE * lanes.index(step["lane"]))
        for number, step in enumerate(found)
    ]
    line = " ".join(f"{x:.1f},{y}" for x, y in points)
    parts.append(f'<polyline points="{line}" class="way"/>')
    for number, (step, (x, y)) in enumerate(zip(found, points, strict=True)):
        parts += _step(step, found[number - 1] if number else None, x, y)
    return _svg(WIDTH, 30 + LANE * len(lanes), parts)


def _step(step: Item, before: Item | None, x: float, y: int) -> list[str]:
    """Return a point, what happened there, and how long after the step before."""
    day = step["at"][:16].replace("T", " ")
    hours = (_time(step["at"]) - _time(before["at"])) / 3600 if before else 0.0
    after = f"after {hours / 24:.1f} days" if hours >= 48 else f"after {hours:.1f} h"
    return [
        f'<circle cx="{x:.1f}" cy="{y}" r="7" fill="{SORTS[step["sort"]]}"/>',
        f'<text x="{x + 11:.1f}" y="{y - 4}">{escape(step["what"])}'
        f' <tspan class="quiet">{after if before else ""}</tspan></text>',
        f'<text x="{x + 11:.1f}" y="{y + 14}" class="quiet">{day}</text>',
    ]


def _lane(number: int, name: str) -> str:
    y = 30 + LANE * number
    return (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y}" y2="{y}" class="lane"/>'
        f'<text x="0" y="{y + 4}" class="name">{escape(name)}</text>'
    )


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _svg(width: int, height: int, parts: list[str]) -> str:
    inner = "".join(parts)
    return f'<svg viewBox="0 0 {width} {height}" role="img">{inner}</svg>'
