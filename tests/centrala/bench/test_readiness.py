import argparse

import pytest

from centrala.bench import readiness
from centrala.bench.readiness import Quietness, processor_shares
from centrala.commands import bench
from centrala.errors import CommandFailed
from centrala.settings import Settings


def test_a_quiet_machine_is_fit():
    assert Quietness(load=0.1, steal=0.0, busy=0.02).objections() == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Quietness(2.5, 0.0, 0.0), "load of the last minute is 2.50"),
        (Quietness(0.1, 0.05, 0.0), "the host takes 5.0%"),
        (Quietness(0.1, 0.0, 0.6), "other programs use 60%"),
    ],
)
def test_a_busy_machine_is_refused_with_the_reason(seen, said):
    objections = seen.objections()
    assert len(objections) == 1
    assert said in objections[0]


def test_shares_are_read_from_the_kernels_line():
    before = "cpu  100 0 50 800 10 0 0 5 0 0\n"
    after = "cpu  120 0 60 860 10 0 0 15 0 0\n"
    assert processor_shares(before, after) == (0.1, 0.3)


def test_the_command_measures_nothing_on_a_busy_machine(monkeypatch):
    monkeypatch.setattr(readiness, "look", lambda: Quietness(9.0, 0.0, 0.0))
    monkeypatch.setattr(bench, "measure", lambda *_: pytest.fail("it measured"))
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    with pytest.raises(CommandFailed, match=r"load of the last minute is 9\.00.*--force"):
        bench.run(parser.parse_args(["--quick"]), Settings.model_construct())
