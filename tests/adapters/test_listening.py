"""Ports: free ones, taken ones, and who took them."""

import os
import socket

import pytest

from strandline.adapters.listening import describe, free_port, holders, is_free, parse_address
from strandline.vocabulary.errors import BadInputError


def test_a_port_is_free_until_somebody_listens() -> None:
    port = free_port(())
    assert is_free("127.0.0.1", port)
    assert holders(port) == ()
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free("127.0.0.1", port)
        assert holders(port) == (os.getpid(),)
    assert is_free("127.0.0.1", port)


def test_a_taken_port_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([20_001, 20_002, 20_001, 20_003])
    monkeypatch.setattr("random.SystemRandom.randint", lambda *_: next(drawn))
    monkeypatch.setattr("strandline.adapters.listening.is_free", lambda _, port: port != 20_002)
    assert free_port({20_001}) == 20_003


def test_a_holder_is_named_by_its_command() -> None:
    assert f"process {os.getpid()} (" in describe(os.getpid())
    assert describe(2**22 + 1) == f"process {2**22 + 1}"


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:8080", ("::1", 8080)),
    ],
)
def test_addresses_are_read(listen: str, address: tuple[str, int]) -> None:
    assert parse_address(listen, where="here") == address


@pytest.mark.parametrize("listen", ["", "80", ":80", "host:", "host:0", "host:65536", "host:http", "host:-1"])
def test_what_is_no_address_is_refused_with_an_example(listen: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_address(listen, where="here")
    assert "127.0.0.1:8080" in refused.value.remedy
