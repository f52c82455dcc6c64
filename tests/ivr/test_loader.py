"""A wrong flow is refused with file, line, what and mend."""

from __future__ import annotations

import pytest

from ivr.loader import FlowError, load_flows, parse_flows

GOOD = """\
flow: inbound
start: hello
nodes:
  hello: {type: say, prompts: [a.b], next: main}
  main:
    type: menu
    prompts: [menu.main]
    keys: {1: hello, 0: person}
  person: {type: enqueue}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(FlowError) as error:
        parse_flows({"inbound.yaml": text})
    return [str(problem) for problem in error.value.problems]


def test_a_good_flow_is_taken_with_the_line_of_each_node():
    flows = parse_flows({"inbound.yaml": GOOD})
    assert flows.starts == {"inbound": "hello"}
    assert flows.lines["inbound", "main"] == ("inbound.yaml", 5)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("0: person", "0: nobody", 5, "goes to `nobody`, which does not exist; correct the name"),
        ("start: hello", "start: hallo", 2, "start node `hallo` does not exist"),
        ("type: enqueue", "type: enqeue", 9, "has the unknown type 'enqeue'; write `type:` as one of say, menu"),
        ("prompts: [menu.main]", "promts: [menu.main]", 7, "`promts` is not known here; correct or remove it"),
        ("prompts: [menu.main]", "timeout_s: 9", 7, "`timeout_s` 9 is wrong"),
        ("keys: {1: hello, 0: person}", "keys: {1: hello, x: person}", 8, "is wrong; correct it"),
        ("type: enqueue}", "type: enqueue}\n  lost: {type: hangup}", 10, "no call can come to node `lost`"),
        ("type: enqueue}", "type: goto, next: person}", 9, "endless loop without a question: inbound.person"),
        ("type: enqueue}", "type: enqueue, on_failure: continue}", 9, "on_failure: continue needs a place to go on"),
        ("  person: {type: enqueue}", "  main: {type: enqueue}", 9, "each key may stand once"),
        ("  main:\n", "  main\n", 6, "correct the indentation"),
        ("flow: inbound", "flow: other", 0, "no flow is called `inbound`"),
        ("flow: inbound", "flow: inbound\ncolour: red", 2, "`colour` is not known here"),
        ("nodes:", "notes:", 3, "`notes` is not known here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old, new, line, words):
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    place = f"inbound.yaml:{line}: " if line else "inbound.yaml: "
    told = [one for one in found if words in one]
    assert told, found
    assert any(one.startswith(place) for one in told), found


def test_several_problems_are_told_at_once():
    found = problems(GOOD.replace("type: say", "type: sag").replace("type: enqueue", "type: queue"))
    assert len(found) == 2


def test_a_loop_through_a_menu_is_allowed_and_one_around_it_is_not():
    text = GOOD.replace("{1: hello, 0: person}", "{1: first}").replace(
        "person: {type: enqueue}", "first: {type: goto, next: second}\n  second: {type: goto, next: first}"
    )
    assert any("inbound.first → inbound.second → inbound.first" in one for one in problems(text))


def test_a_flow_without_files_says_what_to_add(tmp_path):
    with pytest.raises(FlowError, match=r"there is no flow; add inbound\.yaml"):
        load_flows(tmp_path)
