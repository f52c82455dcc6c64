import os
import subprocess

import pytest

from asterisk_conf import private_tree
from asterisk_conf.host_archive import Mirror
from asterisk_conf.private_tree import STAMP, PrivateTree, make_tree, open_tree
from asterisk_conf.programs import InstallError

MIRROR = Mirror("http://mirror.invalid/debian", "bookworm", "amd64")


@pytest.fixture
def archive(tmp_path):
    """A package with a program, an absolute link, and a file under the old /lib."""
    package = tmp_path / "package"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN/control").write_text(
        "Package: whistle\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: test\n"
    )
    (package / "usr/bin").mkdir(parents=True)
    (package / "usr/bin/whistle").write_text("#!/bin/sh\necho tweet\n")
    (package / "usr/bin/whistle").chmod(0o755)
    (package / "usr/bin/flute").symlink_to("/usr/bin/whistle")
    (package / "usr/bin/shell").symlink_to("/bin/no-such-shell")
    (package / "lib/old").mkdir(parents=True)
    (package / "lib/old/tune").write_text("la")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", package, tmp_path / "whistle.deb"], check=True)
    return tmp_path / "whistle.deb"


@pytest.fixture
def apt(monkeypatch, archive):
    """The network's place: gives the archive, or fails as told."""

    class Apt:
        fails_with: InstallError | None = None
        downloads = 0

        def __init__(self, *_):
            pass

        def update(self):
            if Apt.fails_with is not None:
                raise Apt.fails_with

        def download(self, packages, progress):
            Apt.downloads += 1
            return [archive]

    monkeypatch.setattr(private_tree, "PrivateApt", Apt)
    return Apt


def make(root, finish=lambda tree: None):
    return make_tree(
        root, mirror=MIRROR, suites=("testing",), packages=("whistle",), finish=finish, progress=lambda *_: None
    )


def test_a_tree_is_unpacked_and_found_again_without_a_download(apt, tmp_path):
    tree = make(tmp_path / "tree")
    assert tree.executable("whistle") == tmp_path / "tree/usr/bin/whistle"
    assert open_tree(tmp_path / "tree") == tree
    assert make(tmp_path / "tree") == tree
    assert apt.downloads == 1


def test_links_point_into_the_tree_and_old_folders_land_in_usr(apt, tmp_path):
    root = make(tmp_path / "tree").root
    assert (root / "usr/bin/flute").readlink() == (root / "usr/bin/whistle").relative_to(root / "usr/bin")
    assert (root / "usr/lib/old/tune").read_text() == "la"
    assert os.readlink(root / "usr/bin/shell") == "/bin/no-such-shell"  # points at nothing of ours: left as it is


def test_a_half_made_tree_is_not_taken_and_is_mended(apt, tmp_path):
    (tmp_path / "tree/usr/bin").mkdir(parents=True)
    (tmp_path / "tree.making/usr").mkdir(parents=True)
    assert open_tree(tmp_path / "tree") is None
    tree = make(tmp_path / "tree")
    assert tree.executable("whistle") is not None
    assert not (tmp_path / "tree.making").exists()


def test_a_broken_stamp_counts_as_half_made(tmp_path):
    (tmp_path / STAMP).write_text('{"suites": ["tes')
    assert open_tree(tmp_path) is None


def test_a_refused_tree_is_never_put_in_place(apt, tmp_path):
    def refuse(tree: PrivateTree) -> None:
        raise InstallError("has known holes")

    with pytest.raises(InstallError, match="known holes"):
        make(tmp_path / "tree", refuse)
    assert open_tree(tmp_path / "tree") is None
    assert not (tmp_path / "tree").exists()


def test_no_network_leaves_nothing_in_place_and_says_so(apt, tmp_path):
    apt.fails_with = InstallError("apt-get failed with 100: E: Failed to fetch")
    with pytest.raises(InstallError, match="Failed to fetch"):
        make(tmp_path / "tree")
    apt.fails_with = None
    assert make(tmp_path / "tree").executable("whistle") is not None


def test_a_tree_without_a_loader_says_how_to_mend(apt, tmp_path):
    tree = make(tmp_path / "tree")
    with pytest.raises(InstallError, match="remove that folder"):
        tree.command("whistle")
