"""What is checked before anything is started."""

import socket
from collections.abc import Iterator

import pytest

from commands.check import NoStart, check_port


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Listen on a port that the settings name, too."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setenv("APPLICATION__PORT", str(port))
        yield port


def test_a_port_that_is_taken_is_told_before_the_start(taken: int) -> None:
    message = f"port {taken}: Address already in use. .*APPLICATION__PORT"
    with pytest.raises(NoStart, match=message):
        check_port()


@pytest.mark.usefixtures("taken")
def test_any_free_port_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLICATION__PORT", "0")
    check_port()
