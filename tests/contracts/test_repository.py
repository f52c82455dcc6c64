"""What may stand in the repository: no audio, no third-party bundles, no machine's paths, documented names only."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SOUND = {".wav", ".ulaw", ".alaw", ".sln", ".mp3", ".ogg", ".opus", ".gsm"}
OWN_NAMES = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")}


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listing.stdout.splitlines() if (CHECKOUT / name).exists()]


def test_no_audio_is_committed():
    assert [str(path) for path in tracked() if path.suffix in SOUND and path.parts[0] != "municipality"] == []


def test_nothing_minified_or_vendored_is_committed():
    names = [str(path) for path in tracked() if ".min." in path.name or "node_modules" in path.parts]
    assert names == []


def test_no_distribution_ships_one_of_our_top_level_names():
    owners = importlib.metadata.packages_distributions()
    strangers = {name: owners[name] for name in OWN_NAMES if set(owners.get(name, [])) - {"centrala"}}
    assert strangers == {}


def test_each_dependency_has_a_line_that_says_what_needs_it():
    lines = (CHECKOUT / "pyproject.toml").read_text().splitlines()
    start, end = lines.index("dependencies = ["), lines.index("[project.scripts]")
    for number in range(start, end):
        if re.match(r'\s+"[a-zA-Z0-9]', lines[number]):
            assert lines[number - 1].lstrip().startswith("#"), lines[number]


def test_every_setting_is_documented():
    from centrala.settings import Settings

    text = (CHECKOUT / "docs" / "settings.md").read_text()
    missing = []
    for section, field in Settings.model_fields.items():
        model = field.annotation
        names = [f"{section}.{name}" for name in model.model_fields] if hasattr(model, "model_fields") else [section]
        missing += [name for name in names if f"`{name}`" not in text]
    assert missing == []


def test_every_file_named_on_the_call_path_exists():
    named = re.findall(r"`([a-z_]+/[a-z0-9_/.*-]+\.[a-z0-9]+)`", (CHECKOUT / "docs" / "call-path.md").read_text())
    assert len(named) >= 15
    assert [name for name in named if not list(CHECKOUT.glob(name))] == []


@pytest.mark.parametrize("pattern", [r"/work/(main|shared)", r"\bdeveloper session\b", r"/root/\.pyenv"])
def test_the_repository_speaks_of_itself_only(pattern):
    found = []
    for path in tracked():
        if path == Path(__file__).relative_to(CHECKOUT):
            continue
        try:
            text = (CHECKOUT / path).read_text()
        except UnicodeDecodeError:
            continue
        if re.search(pattern, text):
            found.append(str(path))
    assert found == []


def test_the_public_process_does_not_read_the_identity_key():
    for name in ("public", "dispatch", "agi"):
        text = (CHECKOUT / "centrala" / "services" / f"{name}.py").read_text()
        assert "identity" not in text.partition('"""')[2].partition('"""')[2], name
