"""Reads a CEL table as it is pasted into a test: columns parted by `|`, times as seconds after the first ring."""

from datetime import UTC, datetime, timedelta

from calls.cel import CelRow

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def raw_cels(table, linkedid="1.1"):
    """Columns: seconds | event | channel | uniqueid | context or application | hang-up: cause, who."""
    rows = []
    for line in filter(str.strip, table.splitlines()):
        seconds, event, channel, uniqueid, where, hangup = (cell.strip() for cell in f"{line}||||".split("|")[:6])
        data = {}
        if where:
            data = {"appname": where} if event.startswith("APP") else {"context": where}
        if event == "USER_DEFINED":
            data = {"userdeftype": where, "extra": hangup}
        elif hangup:
            cause, _, who = hangup.partition(" ")
            data |= {"hangupcause": int(cause), "hangupsource": who}
        rows.append(CelRow(event, START + timedelta(seconds=float(seconds)), linkedid, uniqueid, channel, data))
    return rows
