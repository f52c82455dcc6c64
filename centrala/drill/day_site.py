"""The installation of a simulated day: a town with so many operators, and a line on which citizens are called back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from centrala.drill.day_books import Ring
from centrala.drill.day_phone import DayPhone
from centrala.drill.site import Site, running_site
from centrala.errors import CommandFailed
from centrala.settings import CHECKOUT
from storage.database import Database

_TEST_LINE: Final = '    match: ["127.0.0.1"]\n'


def make_town(template: Path, folder: Path, operators: int, citizens: int) -> Path:
    """Copy a town; give it so many operators, and a line on which citizens are called back, at port `citizens`."""
    town = folder / "municipality"
    shutil.copytree(template, town)
    text = (town / "town.yaml").read_text()
    head, _, rest = text.partition("operators:\n")
    kept = rest.partition("\n\n")[2]
    if _TEST_LINE not in head or not kept:
        raise CommandFailed(f"{template} is not the sample town")
    head = head.replace(_TEST_LINE, f'{_TEST_LINE}    server: "sip:127.0.0.1:{citizens}"\n')
    people = "".join(
        f'  - {{extension: "{2001 + place}", languages: [sr, en, hu, sk, ro]}}\n' for place in range(operators)
    )
    callback = 'callback: {trunk: test, numbers: ["+3816"], shown: "311"}\n'
    (town / "town.yaml").write_text(f"{head}operators:\n{people}\n{kept}\n{callback}")
    return town


@asynccontextmanager
async def day_site(made: Path, operators: int, *, keep: bool = False) -> AsyncIterator[tuple[Site, Database, DayPhone]]:
    """Start an installation for a day; yield it with its database and the telephone of all citizens called back."""

    def ring(one: Ring) -> None:
        asyncio.get_running_loop().call_later(0.5, citizens.answer, one)

    citizens = DayPhone("citizens", ring)
    await citizens.open()
    try:
        with TemporaryDirectory(prefix="centrala-day-") as folder:
            town = make_town(CHECKOUT / "municipality", Path(folder), operators, citizens.port)
            async with running_site(made, {"MUNICIPALITY": str(town)}, keep) as site:
                citizens.sip_port = site.sip_port
                database = Database(site.settings.database_url)
                try:
                    yield site, database, citizens
                finally:
                    await database.close()
    finally:
        citizens.close()
