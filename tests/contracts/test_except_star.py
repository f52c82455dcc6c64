"""Python 3.11.2, which is Debian 12's, wraps what `except*` raises in a new group; later ones do not."""

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROOMS = sorted(path.parent for path in CHECKOUT.glob("*/__init__.py"))


def raising_handlers(source: str) -> list[int]:
    """Lines of `raise` or `sys.exit` inside `except*`."""
    found = []
    for block in ast.walk(ast.parse(source)):
        if not isinstance(block, ast.TryStar):
            continue
        for node in (inner for handler in block.handlers for inner in ast.walk(handler)):
            raises = isinstance(node, ast.Raise) and node.exc is not None
            exits = isinstance(node, ast.Call) and ast.unparse(node.func) == "sys.exit"
            if raises or exits:
                found.append(node.lineno)
    return found


def test_the_check_sees_both_ways_of_raising():
    source = "try:\n f()\nexcept* ValueError:\n raise KeyError\nexcept* OSError:\n sys.exit(1)\n"
    assert raising_handlers(source) == [4, 6]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_error_is_raised_inside_except_star(room):
    found = {str(path): raising_handlers(path.read_text()) for path in room.rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
