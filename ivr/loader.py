"""Flows from YAML: validated nodes, or every problem with file, line and mend. Must not know how a flow is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import YamlSource, parse_yaml
from ivr.flow_graph import Place, endless_loop, unknown_targets, unreachable
from ivr.nodes import NODE_TYPES, NodeBase

ENTRY_FLOWS: Final = ("inbound", "message")
"""Flows that the telephone side starts; every other flow must be reached from one of them."""


class FlowError(FileProblemsError):
    """A flow cannot be used; `problems` and `str(error)` say where and how to mend."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Validated flows: every node by place, the node at which each flow starts, and the file and line of each node."""

    nodes: Mapping[Place, NodeBase]
    starts: Mapping[str, str]
    lines: Mapping[Place, tuple[str, int]] = field(default_factory=dict)
    names: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    """What staff call a place, per language: pages say how far a caller came in these words."""

    def node(self, place: Place) -> NodeBase:
        """Return the node. Raises KeyError: the flow was edited while a call stood in it."""
        return self.nodes[place]


def load_flows(directory: Path) -> Flows:
    """Read every `*.yaml` in `directory`. Raises FlowError (`str` = file, line, what is wrong, how to mend)."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise FlowError([Problem(str(directory), 0, "there is no flow", "add inbound.yaml")])
    texts: dict[str, str] = {}
    for file in files:
        try:
            texts[str(file)] = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FlowError([Problem(str(file), 0, f"cannot be read ({error})", "save it as UTF-8 text")]) from error
    return parse_flows(texts)


def parse_flows(texts: Mapping[str, str]) -> Flows:
    """Validate flows given as file name → text. Raises FlowError."""
    problems: list[Problem] = []
    nodes: dict[Place, NodeBase] = {}
    places: dict[Place, YamlSource] = {}
    starts: dict[str, tuple[str, YamlSource]] = {}
    names: dict[Place, Mapping[str, str]] = {}
    for file, text in texts.items():
        try:
            source = parse_yaml(text, file)
            _read_flow(source, nodes, places, starts, problems)
            _read_names(source, nodes, names, problems)
        except FileProblemsError as error:
            problems.extend(error.problems)
    if not problems:
        problems.extend(_structure(nodes, places, starts))
    if problems:
        raise FlowError(problems)
    lines = {place: (source.file, source.line(("nodes", place[1]))) for place, source in places.items()}
    return Flows(nodes, {flow: start for flow, (start, _) in starts.items()}, lines, names)


def _read_flow(
    source: YamlSource,
    nodes: dict[Place, NodeBase],
    places: dict[Place, YamlSource],
    starts: dict[str, tuple[str, YamlSource]],
    problems: list[Problem],
) -> None:
    top = source.mapping()
    flow, start = top.get("flow"), top.get("start")
    if not isinstance(flow, str) or not flow or "." in flow:
        raise FileProblemsError([source.problem(("flow",), "the flow has no name", "begin with `flow: name`")])
    if flow in starts:
        raise FileProblemsError([source.problem(("flow",), f"flow `{flow}` exists already", "give it another name")])
    unknown = sorted(set(top) - {"flow", "start", "about", "names", "nodes"})
    problems.extend(
        source.problem((name,), f"`{name}` is not known here", "a flow has flow, about, start, names, nodes")
        for name in unknown
    )
    if "nodes" not in top:
        raise FileProblemsError([source.problem((), f"flow `{flow}` has no nodes", "add `nodes:`")])
    starts[flow] = (str(start), source)
    for name, raw in source.mapping(("nodes",)).items():
        path = ("nodes", name)
        kind = raw.get("type") if isinstance(raw, dict) else None
        model = NODE_TYPES.get(str(kind))
        if model is None:
            mend = f"write `type:` as one of {', '.join(NODE_TYPES)}"
            problems.append(source.problem((*path, "type"), f"node `{name}` has the unknown type {kind!r}", mend))
            continue
        try:
            nodes[flow, name] = source.build(model, raw, path)
            places[flow, name] = source
        except FileProblemsError as error:
            problems.extend(error.problems)


def _read_names(
    source: YamlSource, nodes: Mapping[Place, NodeBase], names: dict[Place, Mapping[str, str]], problems: list[Problem]
) -> None:
    flow = str(source.mapping()["flow"])
    for node, words in (source.mapping(("names",)) if source.mapping().get("names") else {}).items():
        if not isinstance(words, dict) or not all(isinstance(text, str) and text for text in words.values()):
            mend = "write `node: {sr: words, en: words}`"
            problems.append(source.problem(("names", node), f"the names of `{node}` are not words per language", mend))
        elif (flow, node) not in nodes:
            what = f"`{node}` is named and is no node of this flow"
            problems.append(source.problem(("names", node), what, "correct the name, or remove it"))
        else:
            names[flow, node] = words


def _structure(
    nodes: Mapping[Place, NodeBase], places: Mapping[Place, YamlSource], starts: Mapping[str, tuple[str, YamlSource]]
) -> Iterator[Problem]:
    broken = False
    for flow, (start, source) in starts.items():
        if (flow, start) not in nodes:
            broken = True
            yield source.problem(("start",), f"start node `{start}` does not exist", "write the name of a node below")
    for place, target in unknown_targets(nodes):
        broken = True
        what = f"node `{place[1]}` goes to `{target}`, which does not exist"
        yield places[place].problem(("nodes", place[1]), what, "correct the name, or add that node")
    if broken:
        return
    if "inbound" not in starts:
        any_source = next(iter(starts.values()))[1]
        yield Problem(any_source.file, 0, "no flow is called `inbound`", "the menu that answers a call must be one")
    entries = {(flow, starts[flow][0]) for flow in ENTRY_FLOWS if flow in starts}
    for place in unreachable(nodes, entries):
        what = f"no call can come to node `{place[1]}`"
        yield places[place].problem(("nodes", place[1]), what, "point to it from a node, or remove it")
    loop = endless_loop(nodes)
    if loop:
        names = " → ".join(f"{flow}.{node}" for flow, node in [*loop, loop[0]])
        mend = "put a menu, gather or hangup into the loop"
        yield places[loop[0]].problem(("nodes", loop[0][1]), f"endless loop without a question: {names}", mend)
