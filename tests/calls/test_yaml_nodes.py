"""What a plain word of a town's file means, where each value stands, and what is said of a file that is no YAML."""

import math
from pathlib import Path

import pytest

from calls.yaml_nodes import NotYamlError, read_yaml

ROOT = Path(__file__).parents[2]
ALIASES = "a0: &a0 [1, 1]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(20))
"""Each line twice as long as the one before: two million values."""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("Off", "Off"),
        ("08:30", "08:30"),
        ("2026-11-27", "2026-11-27"),
        ("!!timestamp 2026-11-27", "2026-11-27"),
        ("True", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("0641", 641),
        ("-0o17", -15),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("0o9", "0o9"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("-.INF", -math.inf),
        ("e5", "e5"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("=", "="),
        ("š ž", "š ž"),
    ],
)
def test_a_plain_word_means(written, meant):
    data, _ = read_yaml(f"a: {written}\n")
    assert data == {"a": meant}
    assert type(data["a"]) is type(meant)


def test_not_a_number_is_one():
    assert math.isnan(read_yaml("a: .NaN")[0]["a"])


def test_every_value_has_its_line():
    data, lines = read_yaml("\ufeffa:\n  - 1\n  - b: 2\nc: |\n  x\n  y\nd: z\n")
    assert data == {"a": [1, {"b": 2}], "c": "x\ny\n", "d": "z"}
    assert lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 1, "b"): 3,
        ("c",): 4,
        ("d",): 7,
    }


def test_an_alias_stands_for_what_it_names_and_may_be_added_to():
    data, lines = read_yaml("x: &x {a: 1, b: 2}\ny: &y\n  <<: *x\n  b: 3\nz: *y\n")
    assert data == {"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}, "z": {"a": 1, "b": 3}}
    assert lines[("y", "b")] == 4
    assert lines[("y", "a")] == 1


def test_nothing_is_nothing():
    assert read_yaml("# only a remark\n") == (None, {(): 1})


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'duplicate key "a"'),
        ("1: x\n'1': y\n", 2, 'duplicate key "1"'),
        ("a:\n\tb: 1\n", 2, "cannot start any token"),
        ("a: [1,\n", 2, "did not find expected node content"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
        ("a: *nobody\n", 1, "undefined alias"),
        ("a: &a [*a]\n", 1, "an alias"),
        ("a: !local 1\n", 1, "!local"),
        ("a: !!set {b}\n", 1, "set"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "python/object"),
        ("a: !!int abc\n", 0, "abc"),
        ("? [1]\n: x\n", 1, "as a key"),
        ("<<: 5\n", 1, "merging"),
        ("a: \x01\n", 0, "control characters"),
        ("a: \ud800\n", 0, "surrogates"),
        ("[" * 5000 + "]" * 5000, 1, "nesting"),
        ("[" * 1500 + "]" * 1500, None, "nest"),
        (ALIASES, None, "aliases"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, what):
    with pytest.raises(NotYamlError) as caught:
        read_yaml(text)
    assert what in f"{caught.value} {caught.value.mend}"
    assert caught.value.mend
    if line is not None:
        assert caught.value.line == line


@pytest.mark.parametrize("file", sorted(ROOT.glob("municipality/**/*.y*ml")), ids=lambda file: file.name)
def test_the_towns_files_are_read(file):
    data, lines = read_yaml(file.read_text("utf-8"))
    assert data
    assert max(lines.values()) <= len(file.read_text("utf-8").splitlines())
