import subprocess

import pytest

from asterisk_conf.private_tree import STARTERS, PrivateTree
from asterisk_conf.programs import InstallError
from centrala.setup.tools_for_tests import TEST_TOOLS, write_starters


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_starter_finds_its_libraries_wherever_the_tree_is_moved(tmp_path):
    tree = PrivateTree(tmp_path / "tools.making")
    (tree.root / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    program(tree.root / "usr/bin/sipp", 'echo "$LD_LIBRARY_PATH|$1"')
    write_starters(tree)
    moved = tree.root.rename(tmp_path / "tools")
    said = subprocess.run(
        [moved / STARTERS / "sipp", "a b"], capture_output=True, text=True, check=True, env={"PATH": "/bin:/usr/bin"}
    )
    assert said.stdout == f"{moved}/usr/lib/x86_64-linux-gnu|a b\n"


def test_the_browser_itself_is_started_not_the_script_with_fixed_paths(tmp_path):
    tree = PrivateTree(tmp_path / "tools")
    program(tree.root / "usr/bin/chromium", "echo script")
    program(tree.root / "usr/lib/chromium/chromium", "echo browser")
    write_starters(tree)
    said = subprocess.run([tree.root / STARTERS / "chromium"], capture_output=True, text=True, check=True)
    assert said.stdout == "browser\n"


def test_packages_without_any_tool_are_refused(tmp_path):
    (tmp_path / "usr").mkdir()
    with pytest.raises(InstallError, match="none of the test tools"):
        write_starters(PrivateTree(tmp_path))


def test_each_tool_says_why_it_is_wanted():
    assert all(tool.why and tool.package for tool in TEST_TOOLS)
