import json

import pytest

from asterisk_conf.installation import find_asterisk, find_tool, refused_asterisk, tools_dir
from asterisk_conf.private_tree import STARTERS


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Puts an `asterisk` on PATH that says it is of this version."""

    def install(says: str, code: int = 0) -> str:
        folder = tmp_path / "usr/sbin"
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "asterisk"
        program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/bin")
        return str(program)

    monkeypatch.setenv("PATH", "/bin")
    return install


def test_the_host_s_asterisk_comes_first(on_path, tmp_path):
    program = on_path("Asterisk 22.10.1")
    (tmp_path / "usr/lib/asterisk/modules").mkdir(parents=True)
    found = find_asterisk(tmp_path / "var")
    assert found is not None
    assert found.command == (program,)
    assert found.version == (22, 10, 1)
    assert not found.private
    assert found.modules_dir == tmp_path / "usr/lib/asterisk/modules"


def test_one_with_holes_counts_as_absent_and_the_reason_is_kept(on_path, tmp_path):
    on_path("Asterisk 20.9.1")
    assert find_asterisk(tmp_path) is None
    assert "CVE-2024-42365" in str(refused_asterisk(tmp_path))


@pytest.mark.parametrize(("says", "code"), [("Asterisk 22.10.1", 1), ("what?", 0)])
def test_one_that_cannot_say_its_version_counts_as_absent(on_path, tmp_path, says, code):
    on_path(says, code)
    assert find_asterisk(tmp_path) is None
    assert refused_asterisk(tmp_path) is None


def test_a_tool_on_path_wins_over_a_private_copy(on_path, tmp_path):
    on_path("Asterisk 22.10.1")
    starter = tools_dir(tmp_path) / STARTERS / "sh"
    starter.parent.mkdir(parents=True)
    starter.write_text("#!/bin/sh\n")
    found = find_tool(tmp_path, "sh")
    assert found is not None
    assert found.argv == ("/bin/sh",)


def test_a_private_espeak_is_told_where_its_voices_are(on_path, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    tree = tmp_path / "runtime/asterisk"
    for name in (
        "usr/lib64/ld-linux-x86-64.so.2",
        "usr/bin/espeak-ng",
        "usr/lib/x86_64-linux-gnu/espeak-ng-data/phontab",
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("")
    (tree / "complete.json").write_text(json.dumps({}))
    found = find_tool(tmp_path, "espeak-ng")
    assert found is not None
    assert found.argv[0].endswith("ld-linux-x86-64.so.2")
    assert found.argv[-1] == str(tree / "usr/bin/espeak-ng")
    assert found.env == {"ESPEAK_DATA_PATH": str(tree / "usr/lib/x86_64-linux-gnu")}


def test_a_tool_nobody_has_is_none(tmp_path):
    assert find_tool(tmp_path, "no-such-tool-anywhere") is None
