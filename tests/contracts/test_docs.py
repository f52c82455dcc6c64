"""First pages: what they link to exists, the commands they name exist, and so do the settings."""

import re
from pathlib import Path

import pytest

from centrala.command_line import COMMANDS

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
ids = [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    missing = [name for name in targets if "://" not in name and not (page.parent / name).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_command_exists(page):
    named = re.findall(r"(?:`|bin/)centrala ([a-z]+)", page.read_text())
    assert [name for name in named if name not in COMMANDS] == []


def test_the_first_page_shows_the_console_and_the_two_commands():
    text = (CHECKOUT / "README.md").read_text()
    for word in ("docs/images/console.png", "./run", "./test", "simulate citizen", "docs/call-path.md"):
        assert word in text
