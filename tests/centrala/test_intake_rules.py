from datetime import UTC, datetime
from pathlib import Path

import pytest

from centrala.intake_rules import TownIntakeRules
from centrala.town_files import TownFiles

MUNICIPALITY = Path(__file__).parents[2] / "municipality"
FRIDAY_NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules():
    return TownIntakeRules(TownFiles(MUNICIPALITY))


def test_calendar_hours_run_through_the_weekend(rules):
    service = rules._town.current().town.service("burst_main")
    assert service.clock == "calendar"
    found = rules.intake("burst_main", FRIDAY_NOON)
    assert found.organisation == "vodovod"
    assert (found.due_at - FRIDAY_NOON).total_seconds() == service.hours * 3600


def test_working_hours_rest_at_the_weekend(rules):
    working = next(one for one in rules._town.current().town.services if one.clock == "working")
    assert (rules.intake(working.code, FRIDAY_NOON).due_at - FRIDAY_NOON).total_seconds() > working.hours * 3600


def test_an_unknown_category_is_somebodys_within_two_days(rules):
    found = rules.intake("no_such_service", FRIDAY_NOON)
    assert found.organisation == "city"
    assert (found.due_at - FRIDAY_NOON).total_seconds() == 48 * 3600


def test_a_wrong_edit_of_the_folder_is_not_taken_up(tmp_path, caplog):
    import shutil

    folder = tmp_path / "town"
    shutil.copytree(MUNICIPALITY, folder)
    moment = [0.0]
    town = TownFiles(folder, lambda: moment[0])
    (folder / "services.yaml").write_text("services: {x: nonsense}\n")
    moment[0] = 10.0
    assert town.current().town.service("burst_main") is not None
    assert "not taken up" in caplog.text
    shutil.copy(MUNICIPALITY / "services.yaml", folder / "services.yaml")
    text = (folder / "town.yaml").read_text().replace("Lipovac", "Pećinci")
    (folder / "town.yaml").write_text(text)
    moment[0] = 20.0
    assert town.current().town.name == "Pećinci"
