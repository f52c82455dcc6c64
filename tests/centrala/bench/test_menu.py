from centrala.bench.contexts import bench_contexts, with_bench
from centrala.bench.menu import KEYS, NUMBER, PROFILES, commands
from centrala.bench.place import free_ports
from centrala.settings import CHECKOUT
from ivr.loader import load_flows


def test_every_engine_is_asked_for_the_same_steps():
    sent = commands()
    assert len(sent) == len(KEYS) + 1
    assert [command.split()[-1] for command in sent[:-1]] == [str(len(keys)) for keys in KEYS]
    dialplan = bench_contexts("311", 3, 1, 2, 3, 4)
    assert dialplan.count("Read(") == len(KEYS)
    assert dialplan.count("/digits.") == len(NUMBER)
    flow = load_flows(CHECKOUT / "centrala" / "bench" / "town")
    kinds = [node.type for (name, _), node in flow.nodes.items() if name == "inbound"]
    assert (kinds.count("menu"), kinds.count("gather"), kinds.count("create_case")) == (3, 1, 1)


def test_the_caller_presses_the_keys_of_the_menu():
    scenario = (CHECKOUT / "sipp_scenarios" / "uac_bench.xml").read_text()
    pressed = [line.strip().removeprefix("Signal=") for line in scenario.splitlines() if "Signal=" in line]
    assert "".join(pressed) == "".join(KEYS)


def test_a_caller_is_more_patient_than_a_lost_key_takes():
    for profile in PROFILES:
        assert profile.patience_ms / 1000 > len(NUMBER) * profile.digit + 1
        assert profile.patience_ms < 3000 + 4000 * (profile.name == "realistic"), "a lost key must show as a failure"


def test_our_contexts_are_included_once():
    once = with_bench("[general]\n")
    assert with_bench(once) == once
    assert once.endswith('#include "bench.conf"\n')


def test_ports_are_all_different():
    ports = free_ports(12)
    assert len(set(ports)) == 12
