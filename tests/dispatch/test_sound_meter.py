"""Sound and silence from levels, every 20 ms."""

from dispatch.sound_meter import AUDIBLE, SoundMeter


def changes(levels, meter=None):
    meter = meter or SoundMeter()
    found = []
    for index, level in enumerate(levels):
        change = meter.feed(index * 0.02, level)
        if change is not None:
            found.append((change, round(meter.changed_at, 2)))
    return found


def test_speech_begins_after_three_readings_and_ends_after_the_gap_at_the_last_sound():
    assert changes([0] * 10 + [30] * 50 + [0] * 30) == [(True, 0.24), (False, 1.18)]


def test_a_click_and_line_noise_are_no_sound():
    assert changes([0] * 5 + [40, 40] + [0] * 20 + [AUDIBLE - 1] * 100) == []


def test_a_stop_consonant_does_not_end_a_sound():
    assert changes([30] * 20 + [0] * 10 + [30] * 20) == [(True, 0.04)]
