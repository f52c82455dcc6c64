from pathlib import Path

import pytest

from calls.ports import OrderToRead
from storage.order_scripts import FileOrderScripts


def test_an_order_comes_back_as_it_was_put(tmp_path):
    scripts = FileOrderScripts(tmp_path / "orders")
    order = OrderToRead("sr", (Path("/said/a"), Path("/said/b")), 3)

    scripts.put("order-1", order)

    assert scripts.get("order-1") == order


@pytest.mark.parametrize("order_id", ["", "../order-1", "a/b", "x" * 65, "-a", "a b"])
def test_what_is_not_an_order_id_reaches_no_file(tmp_path, order_id):
    with pytest.raises(ValueError, match="not an order id"):
        FileOrderScripts(tmp_path).get(order_id)


def test_no_order_and_a_damaged_one_are_told_apart(tmp_path):
    (tmp_path / "damaged.json").write_text("{")

    with pytest.raises(LookupError):
        FileOrderScripts(tmp_path).get("absent")
    with pytest.raises(ValueError, match="not an order script"):
        FileOrderScripts(tmp_path).get("damaged")
