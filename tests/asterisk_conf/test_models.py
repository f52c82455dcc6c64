"""Inputs that must not reach a configuration file are refused with a line that says how to mend."""

from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.models import ConfigurationInputError, Directories, Operator, Ports, Secrets, Trunk
from asterisk_conf.queue_settings import QueueSettings


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Operator("20 01", "long-enough"), "extension"),
        (lambda: Operator("2001\n", "long-enough"), "extension"),
        (lambda: Operator("2001", "short"), "SIP secret of 2001"),
        (lambda: Operator("2001", "semi;colon-here"), "no ;"),
        (lambda: Secrets("token with space", "12345678", "12345678"), "agi_token"),
        (lambda: Secrets("tok${EVIL}en", "12345678", "12345678"), "agi_token"),
        (lambda: Trunk("Test Trunk", ("127.0.0.1",)), "trunk name"),
        (lambda: Trunk("test", ("127.0.0.1\nmatch=0.0.0.0/0",)), "address"),
        (lambda: Trunk("test", ("192.0.2.1",), register=True), "needs server"),
        (lambda: Trunk("test", ("127.0.0.1", "192.0.2.1")), "write two trunks"),
        (lambda: Ports(external_address="town hall"), "external address"),
        (lambda: QueueSettings(strategy="ringall"), "everybody at once"),
        (lambda: QueueSettings(name="own-2001"), "meaning of its own"),
        (lambda: QueueSettings(after_wait="+381641234567"), "cannot go on to"),
        (lambda: QueueSettings(when_empty="a,1)Dial(b"), "cannot go on to"),
        (lambda: Ports(sip=70000), "70000"),
        (lambda: Ports(agi_host="localhost;"), "not an IP address"),
        (lambda: Directories(Path("var"), Path("/m"), Path("/d")), "absolute"),
        (lambda: Directories(Path("/a,b"), Path("/m"), Path("/d")), "absolute"),
        (lambda: Directories(Path("/" + "x" * 100), Path("/m"), Path("/d")), "shorter path"),
    ],
)
def test_refused(make, words):
    with pytest.raises(ConfigurationInputError, match=words):
        make()


def test_a_number_is_either_a_did_or_an_operator(inputs):
    with pytest.raises(ConfigurationInputError, match="both a DID and"):
        replace(inputs, dids=("2001",))


def test_names_are_used_once(inputs):
    with pytest.raises(ConfigurationInputError, match="used twice"):
        replace(inputs, operators=(*inputs.operators, inputs.operators[0]))


def test_the_last_resort_cannot_smuggle_an_expression(inputs):
    with pytest.raises(ConfigurationInputError, match="last_resort"):
        replace(inputs, last_resort=("/bin/sh", "${SHELL(id)}"))


def test_a_short_run_folder_helps_a_long_home():
    directories = Directories(Path("/" + "x" * 100), Path("/m"), Path("/d"), run=Path("/run/centrala"))
    assert directories.run_folder == Path("/run/centrala")


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("sip:sip.example.net", "sip.example.net"),
        ("sip:192.0.2.10:5070", "192.0.2.10"),
        ("sip:line@[2001:db8::1]:5060", "[2001:db8::1]"),
        (None, ""),
    ],
)
def test_the_host_of_a_trunks_server(server, host):
    assert Trunk("provider", ("192.0.2.10",), server).server_host == host
