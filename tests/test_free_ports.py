"""Ports for the servers of a test: none is given to two who have not bound theirs yet, none that anybody has."""

import random
import socket

import pytest

from tests.free_ports import free_port_block


def test_no_port_is_given_twice_before_it_can_be_bound():
    given = [block + offset for count in (1, 2, 8) * 10 for block in [free_port_block(count)]
             for offset in range(count)]  # fmt: skip
    assert len(set(given)) == len(given) == 110


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_somebody_has_is_not_given_whatever_it_is_used_for(kind, monkeypatch):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        held = holder.getsockname()[1]
        other = free_port_block()
        tries = iter([held, held - 1, other + 10, other + 20, other + 30])
        monkeypatch.setattr(random, "randrange", lambda _first, _last: next(tries))
        assert free_port_block(2) not in (held, held - 1)
