"""The dialogue of an order call, key by key, on a scripted line."""

from pathlib import Path

import pytest

from cases.ladder import AttemptOutcome
from dispatch.reading import OUTCOMES, OrderSounds, read_order
from tests.dispatch.conftest import ScriptedCall

SOUNDS = OrderSounds(
    reading=[Path("a"), Path("b"), Path("keys")],
    replies={outcome: Path(outcome.value) for outcome in OUTCOMES.values()},
    wrong_key=Path("wrong"),
)


NAMES = ("a", "b", "keys", "wrong", *(outcome.value for outcome in OUTCOMES.values()))


class Echo:
    def __init__(self):
        self.said = {Path(name): name for name in NAMES}


async def read(keys, fails=False):
    call = ScriptedCall(list(keys), Echo())
    kept = []

    async def keep(result):
        kept.append((result.outcome, list(call.heard)))
        if fails:
            raise OSError("disk full")

    return await read_order(call, SOUNDS, key_timeout=1, keep=keep), call.heard, kept


@pytest.mark.parametrize(
    ("keys", "outcome", "pressed"),
    [
        (["1"], "acknowledged", "1"),
        (["2"], "more_time", "2"),
        (["3"], "handed_over", "3"),
        (["9", "9", "1"], "acknowledged", "991"),
        (["9", "9", "9", "9"], "no_key", "9999"),
        (["5", "1"], "acknowledged", "51"),
        (["5", "#"], "wrong_key", "5#"),
        (["5", None], "wrong_key", "5"),
        ([None], "no_key", ""),
        (["!"], "no_key", ""),
        (["~1"], "acknowledged", "1"),
    ],
)
async def test_each_answer(keys, outcome, pressed):
    result, heard, _ = await read(keys)
    assert (result.outcome, result.keys) == (AttemptOutcome(outcome), pressed)
    assert heard.count("a") == min(1 + keys.count("9"), 4) - ("!" in keys)


async def test_the_answer_is_kept_before_it_is_confirmed():
    _, heard, kept = await read(["1"])
    assert kept == [(AttemptOutcome.ACKNOWLEDGED, ["a", "b", "keys"])]
    assert heard[-1] == "acknowledged"


async def test_what_cannot_be_kept_is_not_confirmed():
    with pytest.raises(OSError, match="disk full"):
        await read(["1"], fails=True)


async def test_a_wrong_key_is_told_and_the_keys_named_again():
    _, heard, _ = await read(["7", "1"])
    assert heard == ["a", "b", "keys", "wrong", "keys", "acknowledged"]
