import pytest

from centrala.command_line import COMMANDS, run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        run([command, "--help"])
    assert left.value.code == 0
    assert command in capsys.readouterr().out


def test_all_commands_are_listed(capsys):
    with pytest.raises(SystemExit):
        run(["--help"])
    told = capsys.readouterr().out
    assert [command for command in COMMANDS if command not in told] == []


def test_an_unknown_command_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as left:
        run(["nonsense"])
    assert left.value.code == 2
