"""What is wrong with the way flows hang together: unknown targets, unreachable nodes, endless loops.

Pure graph checks; owns no file. A place is `(flow, node)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.nodes import WAITING, NodeBase

Place = tuple[str, str]


def resolve(flow: str, target: str) -> Place:
    """Return the place that `target`, written in `flow`, means."""
    other, dot, node = target.partition(".")
    return (other, node) if dot else (flow, target)


def unknown_targets(nodes: Mapping[Place, NodeBase]) -> Iterator[tuple[Place, str]]:
    """Yield each place and the target that it names and that does not exist."""
    for place, node in nodes.items():
        for target in node.targets():
            if resolve(place[0], target) not in nodes:
                yield place, target


def unreachable(nodes: Mapping[Place, NodeBase], entries: set[Place]) -> list[Place]:
    """Return the places that no call can come to from `entries`."""
    reached: set[Place] = set()
    waiting = [place for place in entries if place in nodes]
    while waiting:
        place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        found = (resolve(place[0], target) for target in nodes[place].targets())
        waiting.extend(next_place for next_place in found if next_place in nodes)
    return [place for place in nodes if place not in reached]


def endless_loop(nodes: Mapping[Place, NodeBase]) -> list[Place]:
    """Return a loop in which the caller is never asked anything, as the places in order; empty when there is none."""
    silent = {place: node for place, node in nodes.items() if not isinstance(node, WAITING)}
    done: set[Place] = set()
    for first in silent:
        trail: list[Place] = []
        stack: list[tuple[Place, Iterator[str]]] = []
        if first not in done:
            trail.append(first)
            stack.append((first, iter(silent[first].targets())))
        while stack:
            place, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                done.add(place)
                stack.pop()
                trail.pop()
                continue
            onward = resolve(place[0], target)
            if onward in trail:
                return trail[trail.index(onward) :]
            if onward in silent and onward not in done:
                trail.append(onward)
                stack.append((onward, iter(silent[onward].targets())))
    return []
