import pytest

from agent_console.phones.address import websocket_address, with_websocket

POLICY = "default-src 'none'; connect-src 'self'; media-src 'self'"


@pytest.mark.parametrize(
    ("setting", "origin", "host", "expected"),
    [
        ("", "", "127.0.0.1:8080", "ws://127.0.0.1:8088/ws"),
        ("", "", "localhost:8080", "ws://localhost:8088/ws"),
        ("", "", "[::1]:8080", "ws://[::1]:8088/ws"),
        ("", "https://centrala.example.org", "127.0.0.1:8080", "wss://centrala.example.org/ws"),
        ("", "https://centrala.example.org:8443", "x", "wss://centrala.example.org:8443/ws"),
        ("wss://glas.example.org/sip", "https://centrala.example.org", "x", "wss://glas.example.org/sip"),
        ("", "", "evil; script-src *", ""),
        ("", "", "a b", ""),
        ("", "", "", ""),
        ("ws://x; script-src *", "", "127.0.0.1", ""),
    ],
)
def test_where_the_page_finds_the_exchange(setting, origin, host, expected):
    assert websocket_address(setting, origin, host, 8088) == expected


def test_the_page_may_connect_there_and_nowhere_else():
    assert with_websocket(POLICY, "ws://127.0.0.1:8088/ws") == (
        "default-src 'none'; connect-src 'self' ws://127.0.0.1:8088/ws; media-src 'self'"
    )
    assert with_websocket(POLICY, "") == POLICY
    assert with_websocket(POLICY, "ws://x/; script-src *") == POLICY
