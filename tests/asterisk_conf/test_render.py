"""Rendered configuration against the files in expected/: a change of the templates shows as a change there.

After a wanted change: `CENTRALA_ACCEPT=1 pytest tests/asterisk_conf/test_render.py`, then read the difference.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from asterisk_conf.models import ConfigurationInputError, Ports
from asterisk_conf.render import AMI_EVENTS, render

EXPECTED = Path(__file__).parent / "expected"


def test_every_file_is_as_expected(inputs):
    rendered = render(inputs)
    if os.environ.get("CENTRALA_ACCEPT"):
        for name, text in rendered.items():
            (EXPECTED / name).write_text(text)
    assert {path.name: path.read_text() for path in EXPECTED.glob("*.conf")} == rendered


def test_a_did_is_the_trunks_whoever_calls_it(inputs):
    pjsip = render(inputs)["pjsip.conf"]
    assert "endpoint_identifier_order = auth_username,ip,header,username" in pjsip
    regex = re.search(r"match_header = To: /(.*)/", pjsip)
    assert regex is not None
    assert re.search(regex.group(1), "<sip:311@127.0.0.1:5060>")
    assert re.search(regex.group(1), '"Kontakt centar" <sip:+38137311311@127.0.0.1>')
    assert not re.search(regex.group(1), "<sip:3110@127.0.0.1>")
    assert not re.search(regex.group(1), "<sip:2001@127.0.0.1>")


def test_beside_a_provider_the_test_trunk_takes_only_this_machines_calls_to_a_did(inputs):
    assert re.findall(r"^match = (.+)$", render(inputs)["pjsip.conf"], re.MULTILINE) == ["192.0.2.10"]
    alone = render(replace(inputs, trunks=inputs.trunks[:1], callback=None, citizen_line=None))["pjsip.conf"]
    assert re.findall(r"^match = (.+)$", alone, re.MULTILINE) == ["127.0.0.1"]
    assert "endpoint_identifier_order = auth_username,header,username,ip" in alone


def test_behind_nat_only_strangers_are_told_the_outside_address(inputs):
    assert "external_" not in render(inputs)["pjsip.conf"]
    pjsip = render(replace(inputs, ports=replace(inputs.ports, external_address="203.0.113.7")))["pjsip.conf"]
    assert pjsip.count("external_media_address = 203.0.113.7") == 2
    assert pjsip.count("external_signaling_address = 203.0.113.7") == 2
    assert "local_net = 192.168.0.0/16" in pjsip


def test_ami_hears_only_the_list(inputs):
    manager = render(inputs)["manager.conf"]
    reader = manager.partition("[centrala-reader]")[2].partition("[")[0]
    assert re.findall(r"eventfilter\(name\((\w+)\)\)", reader) == list(AMI_EVENTS)
    assert re.search(r"^write =$", reader, re.MULTILINE)
    for allowed in re.findall(r"^write = (.+)$", manager, re.MULTILINE):
        assert not {"system", "command", "config", "all"} & set(allowed.split(","))


def test_who_keeps_browsers_logins_hears_nothing_and_places_no_call(inputs):
    assert "[centrala-phones]" not in render(inputs)["manager.conf"], "no password, no such user"
    manager = render(replace(inputs, secrets=replace(inputs.secrets, ami_phones="phones-secret")))["manager.conf"]
    keeper = manager.partition("[centrala-phones]")[2]
    assert re.search(r"^read =$", keeper, re.MULTILINE)
    assert re.findall(r"^write = (.+)$", keeper, re.MULTILINE) == ["system"]
    assert "permit = 127.0.0.1" in keeper


def test_nothing_that_pulls_in_a_shell_is_loaded(inputs):
    loaded = re.findall(r"^load = (\S+)\.so$", render(inputs)["modules.conf"], re.MULTILINE)
    assert "app_queue" in loaded
    assert not {"app_system", "func_shell", "app_exec", "app_disa", "pbx_spool", "res_ari", "app_originate"} & set(
        loaded
    )


def test_without_a_websocket_port_there_is_no_http_server(inputs):
    rendered = render(replace(inputs, ports=Ports()))
    assert "enabled = no" in rendered["http.conf"]
    assert "transport-ws" not in rendered["pjsip.conf"]
    assert "res_http_websocket" not in rendered["modules.conf"]


def test_secrets_are_where_they_belong_and_nowhere_else(inputs):
    rendered = render(inputs)
    for secret, place in {
        "token-of-this-boot": "extensions.conf",
        "reader-secret": "manager.conf",
        "phone-secret-1": "pjsip.conf",
    }.items():
        assert [name for name, text in rendered.items() if secret in text] == [place]
    assert "secret" not in repr(inputs).replace("secrets=Secrets()", "")


@pytest.mark.parametrize("evil", ["two\nlines", "a;comment", "${SHELL(id)}", "$[1+1]", "bell\x07"])
def test_a_value_that_could_become_configuration_is_refused(inputs, evil):
    operator = inputs.operators[0]
    object.__setattr__(operator, "secret", evil)  # past the models' own check, to try the second lock
    with pytest.raises(ConfigurationInputError, match="cannot stand"):
        render(inputs)
