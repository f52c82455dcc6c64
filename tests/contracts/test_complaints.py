"""Each test that docs/complaints.md names exists."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_every_test_named_beside_a_complaint_exists():
    named = re.findall(r"`(tests/[^`]+)`", (CHECKOUT / "docs" / "complaints.md").read_text())
    assert len(named) > 20
    missing = []
    for name in named:
        file, _, test = name.partition("::")
        path = CHECKOUT / file
        if not path.exists() or (test and f"def {test}(" not in path.read_text()):
            missing.append(name)
    assert missing == []
