import weakref

from dispatch.retired_players import MOST_RETIRED, RETIRED_SECONDS, RetiredPlayers


class Player:
    pass


def test_a_player_lives_until_its_time_is_over():
    retired = RetiredPlayers()
    player = Player()
    alive = weakref.ref(player)
    retired.add(10.0, player)
    del player
    retired.release(10.0 + RETIRED_SECONDS - 0.01)
    assert alive() is not None
    retired.release(10.0 + RETIRED_SECONDS)
    assert alive() is None


def test_the_oldest_go_sooner_when_there_are_many():
    retired = RetiredPlayers()
    players = [Player() for _ in range(MOST_RETIRED + 3)]
    alive = [weakref.ref(player) for player in players]
    for player in players:
        retired.add(10.0, player)
    del players, player
    retired.release(10.0)
    assert [number for number, one in enumerate(alive) if one() is None] == [0, 1, 2]
    assert len(retired) == MOST_RETIRED
    retired.clear()
    assert len(retired) == 0
