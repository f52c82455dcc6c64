import io

import pytest
from rich.console import Console

from asterisk_conf.programs import InstallError
from centrala.setup.runner import SetupError, run_steps
from centrala.setup.step import Step


class World:
    def __init__(self):
        self.there = set()
        self.text = io.StringIO()
        self.console = Console(file=self.text, width=200)

    def step(self, name, effect=None):
        def do(progress):
            for done in range(101):
                progress(done, 100, f"part {done}")
            if effect is not None:
                raise effect
            self.there.add(name)

        return Step(name, f"why {name}", lambda: name in self.there, do)


@pytest.fixture
def world():
    return World()


def test_only_what_is_missing_is_done_and_the_reason_is_said(world):
    world.there.add("first")
    run_steps([world.step("first"), world.step("second")], world.console)
    assert world.there == {"first", "second"}
    assert "second: why second" in world.text.getvalue()
    assert "why first" not in world.text.getvalue()


def test_a_log_gets_a_line_per_quarter_not_one_per_package(world):
    run_steps([world.step("one")], world.console)
    assert len(world.text.getvalue().splitlines()) == 1 + 5


@pytest.mark.parametrize("effect", [InstallError("no\nnetwork"), OSError(28, "No space left"), ValueError("bad id")])
def test_a_failed_step_is_one_line_with_its_name_and_the_rest_waits(world, effect):
    with pytest.raises(SetupError) as caught:
        run_steps([world.step("Asterisk", effect), world.step("later")], world.console)
    assert str(caught.value).startswith("Asterisk: ")
    assert "\n" not in str(caught.value)
    assert world.there == set()


def test_a_step_that_changed_nothing_is_an_error(world):
    step = Step("Ghost", "why", lambda: False, lambda progress: None)
    with pytest.raises(SetupError, match="still missing"):
        run_steps([step], world.console)


def test_a_bug_is_not_dressed_up_as_a_set_up_error(world):
    with pytest.raises(ZeroDivisionError):
        run_steps([world.step("bug", ZeroDivisionError())], world.console)
