import hashlib
import hmac
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from calls.ids import CaseNumber
from storage.case_mint import BLOCK, LocalCaseMint, pin_hash

KEY = b"k" * 32


def mint(folder, node=1, year=2026):
    return LocalCaseMint(folder, node, KEY, lambda: datetime(year, 11, 22, tzinfo=UTC))


def test_numbers_never_repeat_over_blocks_restarts_and_years(tmp_path):
    numbers = [mint(tmp_path).new_case()[0] for _ in range(3)]
    one = mint(tmp_path)
    numbers += [one.new_case()[0] for _ in range(3 * BLOCK)]
    numbers += [mint(tmp_path, year=2025).new_case()[0], mint(tmp_path, node=2).new_case()[0]]

    assert len(set(numbers)) == len(numbers)
    assert all(CaseNumber.parse(number.digits) == number for number in numbers)
    assert len({number.digits[2:-1] for number in numbers}) == len(numbers)


def test_two_processes_of_one_node_share_no_block(tmp_path):
    first, second = mint(tmp_path), mint(tmp_path)
    numbers = [minted.new_case()[0] for _ in range(BLOCK + 1) for minted in (first, second)]

    assert len(set(numbers)) == len(numbers)


def test_the_pin_is_kept_only_as_a_keyed_hash_and_can_be_said_again(tmp_path):
    number, pin, stored = mint(tmp_path).new_case()

    assert len(pin) == 4
    assert pin.isdigit()
    assert stored == hmac.new(KEY, (number.digits + pin).encode(), hashlib.sha256).hexdigest()
    assert pin_hash(KEY, number, "0000" if pin != "0000" else "1111") != stored
    assert mint(tmp_path).pin_of(number) == pin


def test_a_counter_near_any_machine_limit_goes_on(tmp_path):
    (tmp_path / "mint-1").write_text(f"{2**31 - 1}\n")
    numbers = [mint(tmp_path).new_case()[0] for _ in range(3)]

    assert len(set(numbers)) == 3
    assert all(len(number.digits) > 12 for number in numbers)


def test_a_damaged_counter_is_refused_with_the_way_to_mend_it(tmp_path):
    (tmp_path / "mint-1").write_text("12; rm\n")

    with pytest.raises(ValueError, match="write a higher one"):
        mint(tmp_path).new_case()


def test_a_killed_process_takes_no_number_twice(tmp_path):
    code = (
        "import os,sys;from datetime import UTC,datetime;from pathlib import Path;"
        "from storage.case_mint import LocalCaseMint;"
        "m=LocalCaseMint(Path(sys.argv[1]),1,b'k'*32,lambda:datetime.now(UTC));"
        "[os.write(1,(m.new_case()[0].digits+'\\n').encode()) for _ in range(70)];os.kill(os.getpid(),9)"
    )
    given: list[str] = []
    for _ in range(3):
        run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60)
        assert run.returncode == -9, run.stderr
        given += run.stdout.split()

    assert len(given) == 210
    assert len(set(given)) == 210
