"""What a campaign did and found, and what of that must not be."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

GROWTH_MEGABYTES = 20.0
# Connections that happen to be open when they are counted.
OPEN_BY_CHANCE = 5
# Nobody answers while the process is not there, and 503 says that it is full.
ANSWERS = {"genuine": ("200", "503", "none"), "forged": ("401", "none")}


@dataclass
class Calm:
    """What was measured once the catalog was right again."""

    life: int
    seconds: float
    megabytes: float
    descriptors: int


@dataclass
class Report:
    """What a campaign did and found."""

    minutes: float
    sent: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calms: list[Calm] = field(default_factory=list)
    # What differs from a fresh resync.
    differences: list[Any] = field(default_factory=list)

    def last_life(self) -> tuple[Calm, Calm]:
        """Return what was measured in the longest life: after its warm-up, and last."""
        calms = [calm for calm in self.calms if calm.life == self.calms[-1].life]
        return calms[len(calms) // 3], calms[-1]

    def failures(self) -> list[str]:
        """Return what must not be."""
        first, last = self.last_life()
        expected = {f"{sort} {n}" for sort, answers in ANSWERS.items() for n in answers}
        failures = {
            f"the catalog is wrong: {self.differences}": self.differences,
            "an odd answer": self.sent.keys() - expected,
            "memory grows": last.megabytes - first.megabytes > GROWTH_MEGABYTES,
            "descriptors leak": last.descriptors - first.descriptors > OPEN_BY_CHANCE,
        }
        return [text for text, is_there in failures.items() if is_there]

    def lines(self) -> list[str]:
        """Return the report to print."""
        seconds = sorted(calm.seconds for calm in self.calms)
        first, last = self.last_life()
        return [
            f"{self.minutes:g} minutes; posts by answer: {_counts(self.sent)}",
            f"ends of the process: {_counts(self.ends)}",
            f"{self.faults.total()} faults: {_counts(self.faults)}",
            f"the catalog was right {len(seconds)} times, after {seconds[0]:.0f} to"
            f" {seconds[-1]:.0f} s; different from a fresh resync:"
            f" {len(self.differences)}",
            f"the last life: {first.megabytes:.0f} to {last.megabytes:.0f} MB,"
            f" {first.descriptors} to {last.descriptors} descriptors",
        ]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counter.items()))
