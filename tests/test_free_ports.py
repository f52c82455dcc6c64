"""Ports for the servers of a test: none is given to two who have not bound theirs yet."""

import socket

import pytest

from tests.free_ports import free_port_block


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_port_is_given_twice_before_it_can_be_bound(kind):
    given = [block + offset for count in (1, 2, 8) * 10 for block in [free_port_block(count, kind=kind)]
             for offset in range(count)]  # fmt: skip
    assert len(set(given)) == len(given) == 110
