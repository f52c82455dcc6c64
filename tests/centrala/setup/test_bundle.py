import shutil

import pytest

from asterisk_conf.programs import InstallError
from centrala.setup.bundle import CHECKOUT, build_bundle, bundle_dir, entry_points, is_bundled


@pytest.fixture
def checkout(tmp_path):
    """A checkout with two pages' scripts, one shared part and the real packages that set-up has fetched."""
    scripts = tmp_path / "agent_console/scripts"
    (scripts / "parts").mkdir(parents=True)
    (scripts / "desk.js").write_text(
        'import { say } from "./parts/say.js";\nimport L from "leaflet";\nsay(L.version);\n'
    )
    (scripts / "board.js").write_text('import { say } from "./parts/say.js";\nsay("čekanje");\n')
    (scripts / "parts/say.js").write_text("export function say(text) { document.title = text; }\n")
    shutil.copy(CHECKOUT / "package-lock.json", tmp_path)
    shutil.copy(CHECKOUT / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(CHECKOUT / "node_modules")
    return tmp_path


def quiet(done, total, what):
    pass


def test_pages_scripts_are_bundled_with_what_they_import(checkout):
    build_bundle(quiet, checkout)
    folder = bundle_dir(checkout)
    assert {path.name for path in folder.glob("*.js")} == {"desk.js", "board.js", "htmx.min.js"}
    assert "čekanje" in (folder / "board.js").read_text("utf-8")
    assert "import" not in (folder / "board.js").read_text("utf-8")
    assert (folder / "desk.js").stat().st_size > 100_000  # Leaflet is inside
    assert (folder / "images/marker-icon.png").is_file()
    assert is_bundled(checkout)


def test_nothing_in_the_bundle_asks_the_internet_for_code(checkout):
    build_bundle(quiet, checkout)
    styles = (bundle_dir(checkout) / "leaflet.css").read_text("utf-8")
    assert "url(http" not in styles.replace(" ", "")


@pytest.mark.parametrize("changed", ["desk.js", "parts/say.js"])
def test_a_changed_script_or_part_asks_for_a_new_bundle(checkout, changed):
    build_bundle(quiet, checkout)
    with (checkout / "agent_console/scripts" / changed).open("a") as script:
        script.write("// more\n")
    assert not is_bundled(checkout)


def test_a_script_with_a_mistake_leaves_the_old_bundle_in_place(checkout):
    build_bundle(quiet, checkout)
    before = (bundle_dir(checkout) / "board.js").read_bytes()
    (checkout / "agent_console/scripts/board.js").write_text("say(;\n")
    with pytest.raises(InstallError, match=r"board\.js"):
        build_bundle(quiet, checkout)
    assert (bundle_dir(checkout) / "board.js").read_bytes() == before


def test_parts_are_not_pages(checkout):
    assert [path.name for path in entry_points(checkout)] == ["board.js", "desk.js"]


def test_the_locked_package_list_names_no_host():
    assert "://" not in "".join(
        line for line in (CHECKOUT / "package-lock.json").read_text("utf-8").splitlines() if '"resolved"' in line
    )
