"""The program of the process that runs jq; it imports nothing else of this project.

jq can't be interrupted and holds Python's lock, so an expression that never ends would
stop everything else in its process. Here the kernel ends this process after some time
on the CPU, or jq itself where it gets no more memory.

It answers on the socket whose number is its argument. A request is two messages: the
expressions, and the items, one a line. A reply has one part for each item: the first
output of each expression or nothing, or, as text, why the item is none.
"""

import json
import re
import resource
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

import jq

# Mapping an item takes about a millisecond at most; a request has a few dozen.
CPU_SECONDS = 2.0
# Python and jq need some 50 MB of addresses, and an item can have some 10 MB.
MEMORY_BYTES = 512 * 1024 * 1024
# More compiled mappings than this are begun anew.
KEPT_PROGRAMS = 200
READY = b"ready"
NO_ENVIRONMENT = "def env: {}; {} as $ENV | "
# These depend on their place in a program, or end it as a whole.
_NOT_COMBINABLE = re.compile(r"\$__loc__|\binput_line_number\b|\bhalt(_error)?\b")

type Outputs = list[list[Any]]


class Unbalanced(Exception):
    """Raised where brackets or quotes of some expressions match those of others."""


class Combined:
    """All expressions as one program, so that an item is handed over once."""

    def __init__(self, expressions: list[str], prefix: str) -> None:
        if any(map(_NOT_COMBINABLE.search, expressions)):
            raise ValueError("not combinable")
        # The line break ends a comment; `?` and the brackets make of an error, and of
        # no output at all, an empty array.
        parts = ",\n".join(f"[first((\n{text}\n))?]" for text in expressions)
        self._program = jq.compile(f"{prefix}[\n{parts}\n]")
        self._count = len(expressions)
        self.problems: dict[str, str] = {}

    def outputs(self, item: str) -> Outputs:
        found: Outputs = self._program.input_text(item).first()
        if len(found) != self._count:
            raise Unbalanced
        return found


class Separate:
    """Each expression as a program of its own; what does not compile gives nothing."""

    def __init__(self, expressions: list[str], prefix: str) -> None:
        self._parsed = jq.compile(".")
        self._programs: list[Any] = []
        self.problems: dict[str, str] = {}
        for text in expressions:
            try:
                self._programs.append(jq.compile(prefix + text))
            except ValueError as error:
                self._programs.append(None)
                self.problems[text] = str(error)

    def outputs(self, item: str) -> Outputs:
        self._parsed.input_text(item).first()  # raises for an item that is none
        return [_first(program, item) for program in self._programs]


def _first(program: Any, item: str) -> list[Any]:
    try:
        return [program.input_text(item).first()] if program else []
    except (ValueError, StopIteration):
        return []


class Worker:
    """Answers requests, and keeps what it has compiled."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._programs: dict[tuple[str, ...], Combined | Separate] = {}

    def answer(self, expressions: list[str], items: list[str]) -> bytes:
        try:
            return self._answer(self._program(expressions), items)
        except Unbalanced:
            separate = Separate(expressions, self._prefix)
            self._programs[tuple(expressions)] = separate
            return self._answer(separate, items)

    def _answer(self, program: Combined | Separate, items: list[str]) -> bytes:
        answers: list[Outputs | str] = []
        for item in items:
            try:
                answers.append(program.outputs(item))
            except ValueError as error:
                answers.append(str(error))
        return json.dumps([answers, program.problems]).encode()

    def _program(self, expressions: list[str]) -> Combined | Separate:
        key = tuple(expressions)
        if key not in self._programs:
            if len(self._programs) >= KEPT_PROGRAMS:
                self._programs.clear()
            try:
                self._programs[key] = Combined(expressions, self._prefix)
            except ValueError:
                self._programs[key] = Separate(expressions, self._prefix)
        return self._programs[key]


def serve(channel: Connection, worker: Worker) -> None:
    """Answer until the other side is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    channel.send_bytes(READY)
    while True:
        try:
            expressions = json.loads(channel.recv_bytes())
            items = channel.recv_bytes().decode().split("\n")
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        reply = worker.answer(expressions, items)
        signal.setitimer(signal.ITIMER_PROF, 0)
        channel.send_bytes(reply)


if __name__ == "__main__":
    may_read_environment = sys.argv[2] == "environment"
    own = Worker("" if may_read_environment else NO_ENVIRONMENT)
    serve(Connection(int(sys.argv[1])), own)
