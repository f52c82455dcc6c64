from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.ids import CaseNumber
from calls.languages import LANGUAGES
from calls.ports import CaseStatusAnswer
from cases.lifecycle import Status
from ivr.spoken import (
    case_status_sentence,
    say_at_time,
    say_date,
    say_digits,
    say_duration,
    say_number,
    say_time,
    waiting_sentence,
)

BELGRADE = ZoneInfo("Europe/Belgrade")
NOW = datetime(2026, 11, 22, 14, 20, tzinfo=BELGRADE)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def is_speakable(text):
    return bool(text) and text == text.strip() and not any(sign.isdigit() or sign in "{}[]" for sign in text)


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("sr", 0, "nula"),
        ("sr", 1234, "jedna hiljada dvesta trideset četiri"),
        ("en", 1234, "one thousand two hundred and thirty-four"),
        ("hu", 0, "nulla"),
        ("hu", 22, "huszonkettő"),
        ("hu", 102, "százkettő"),
        ("hu", 200, "kétszáz"),
        ("hu", 1999, "ezerkilencszázkilencvenkilenc"),
        ("hu", 2026, "kétezer-huszonhat"),
        ("hu", 12000, "tizenkétezer"),
        ("hu", 2_000_012, "kétmillió-tizenkettő"),
        ("hu", -5, "mínusz öt"),
        ("sk", -1, "mínus jeden"),
        ("sk", 1234, "tisícdvestotridsaťštyri"),
        ("ro", 21, "douăzeci și unu"),
        ("ro", 2026, "două mii douăzeci și șase"),
    ],
)
def test_numbers(language, number, words):
    assert say_number(number, language) == words


@every_language
@given(number=st.integers(-999_999_999, 999_999_999))
def test_every_number_has_words_of_its_own(language, number):
    assert is_speakable(say_number(number, language))
    assert say_number(number, language) != say_number(number - 1 if number > 0 else number + 1, language)


@every_language
def test_numbers_too_large_are_refused(language):
    with pytest.raises(ValueError, match="say its digits"):
        say_number(10**9, language)


def test_digits_become_prompts():
    assert say_digits("26-10", "sr") == ("digits.2", "digits.6", "digits.1", "digits.0")
    assert say_digits("٣ x", "sr") == ()


def test_an_unknown_language_is_named():
    with pytest.raises(ValueError, match="'de'; known: sr, en, hu, sk, ro"):
        say_number(1, "de")


@pytest.mark.parametrize(
    ("language", "day", "words"),
    [
        ("sr", date(2026, 11, 23), "dvadeset trećeg novembra"),
        ("sr", date(2026, 12, 1), "prvog decembra"),
        ("sr", date(2026, 10, 30), "tridesetog oktobra"),
        ("sr", date(2025, 3, 8), "osmog marta dve hiljade dvadeset pete godine"),
        ("sr", date(2023, 3, 31), "trideset prvog marta dve hiljade dvadeset treće godine"),
        ("sr", date(2020, 1, 2), "drugog januara dve hiljade dvadesete godine"),
        ("en", date(2026, 11, 23), "on the twenty-third of November"),
        ("en", date(2025, 3, 8), "on the eighth of March twenty twenty-five"),
        ("hu", date(2026, 11, 23), "november huszonharmadikán"),
        ("hu", date(2026, 12, 1), "december elsején"),
        ("hu", date(2026, 12, 2), "december másodikán"),
        ("hu", date(2026, 12, 11), "december tizenegyedikén"),
        ("hu", date(2026, 12, 12), "december tizenkettedikén"),
        ("hu", date(2026, 12, 20), "december huszadikán"),
        ("hu", date(2025, 3, 8), "kétezer-huszonöt március nyolcadikán"),
        ("sk", date(2026, 11, 23), "dvadsiateho tretieho novembra"),
        ("sk", date(2026, 12, 1), "prvého decembra"),
        ("sk", date(2026, 12, 7), "siedmeho decembra"),
        ("sk", date(2026, 12, 14), "štrnásteho decembra"),
        ("sk", date(2026, 12, 31), "tridsiateho prvého decembra"),
        ("sk", date(2025, 3, 8), "ôsmeho marca roku dvetisícdvadsaťpäť"),
        ("ro", date(2026, 11, 23), "pe douăzeci și trei noiembrie"),
        ("ro", date(2026, 12, 1), "pe întâi decembrie"),
        ("ro", date(2025, 3, 8), "pe opt martie două mii douăzeci și cinci"),
    ],
)
def test_days(language, day, words):
    assert say_date(day, language, today=date(2026, 12, 25)) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sr", ("juče", "danas", "sutra")),
        ("en", ("yesterday", "today", "tomorrow")),
        ("hu", ("tegnap", "ma", "holnap")),
        ("sk", ("včera", "dnes", "zajtra")),
        ("ro", ("ieri", "astăzi", "mâine")),
    ],
)
def test_near_days_have_names(language, words):
    new_year = date(2026, 1, 1)
    assert tuple(say_date(new_year + timedelta(near), language, new_year) for near in (-1, 0, 1)) == words


@every_language
def test_every_day_of_a_leap_year_is_said_in_its_own_words(language):
    days = [date(2028, 1, 1) + timedelta(number) for number in range(366)]
    said = {say_date(day, language, today=date(2028, 7, 1) if day.month != 7 else date(2028, 1, 1)) for day in days}
    assert len(said) == 366
    assert all(is_speakable(words) for words in said)
    assert len({say_date(day, language, today=date(2030, 1, 1)) for day in days}) == 366


@pytest.mark.parametrize(
    ("language", "at", "name", "when"),
    [
        ("sr", time(9, 5), "devet časova i pet minuta", "u devet časova i pet minuta"),
        ("sr", time(1), "jedan čas", "u jedan čas"),
        ("sr", time(22, 31), "dvadeset dva časa i trideset jedan minut", "u dvadeset dva časa i trideset jedan minut"),
        ("sr", time(12), "dvanaest časova", "u dvanaest časova"),
        ("sr", time(0), "ponoć", "u ponoć"),
        ("en", time(9), "nine o'clock in the morning", "at nine o'clock in the morning"),
        ("en", time(21, 5), "nine oh five in the evening", "at nine oh five in the evening"),
        ("en", time(0, 30), "twelve thirty at night", "at twelve thirty at night"),
        ("en", time(12), "noon", "at noon"),
        ("hu", time(9, 5), "kilenc óra öt perc", "kilenc óra öt perckor"),
        ("hu", time(22), "huszonkét óra", "huszonkét órakor"),
        ("hu", time(0), "éjfél", "éjfélkor"),
        ("sk", time(9), "deväť hodín", "o deviatej hodine"),
        ("sk", time(23, 5), "dvadsaťtri hodín päť minút", "o dvadsiatej tretej nula päť"),
        ("sk", time(2, 2), "dve hodiny dve minúty", "o druhej nula dva"),
        ("ro", time(9, 5), "ora nouă și cinci minute", "la ora nouă și cinci minute"),
        ("ro", time(2, 22), "ora două și douăzeci și două de minute", "la ora două și douăzeci și două de minute"),
        ("ro", time(1, 1), "ora unu și un minut", "la ora unu și un minut"),
        ("ro", time(0), "miezul nopții", "la miezul nopții"),
    ],
)
def test_times(language, at, name, when):
    assert say_time(at, language) == name
    assert say_at_time(at, language) == when


@every_language
def test_every_minute_of_a_day_is_said_in_its_own_words(language):
    minutes = [time(minute // 60, minute % 60) for minute in range(1440)]
    for say in (say_time, say_at_time):
        said = {say(at, language) for at in minutes}
        assert len(said) == 1440
        assert all(is_speakable(words) for words in said)


@pytest.mark.parametrize(
    ("language", "length", "words"),
    [
        ("sr", timedelta(minutes=1), "jedan minut"),
        ("sr", timedelta(minutes=22), "dvadeset dva minuta"),
        ("sr", timedelta(hours=1, minutes=5), "jedan sat i pet minuta"),
        ("sr", timedelta(hours=3), "tri sata"),
        ("sr", timedelta(hours=12), "dvanaest sati"),
        ("sr", timedelta(days=1, hours=21), "jedan dan i dvadeset jedan sat"),
        ("sr", timedelta(days=11), "jedanaest dana"),
        ("sr", timedelta(seconds=59), "manje od jednog minuta"),
        ("en", timedelta(days=2, hours=1), "two days and one hour"),
        ("hu", timedelta(hours=2, minutes=12), "két óra és tizenkét perc"),
        ("sk", timedelta(days=2, hours=2), "dva dni a dve hodiny"),
        ("sk", timedelta(hours=4, minutes=1), "štyri hodiny a jedna minúta"),
        ("sk", timedelta(days=5, hours=21), "päť dní a dvadsaťjeden hodín"),
        ("ro", timedelta(days=1, hours=1), "o zi și o oră"),
        ("ro", timedelta(hours=21, minutes=19), "douăzeci și una de ore și nouăsprezece minute"),
        ("ro", timedelta(days=2, hours=20), "două zile și douăzeci de ore"),
    ],
)
def test_durations(language, length, words):
    assert say_duration(length, language) == words


@every_language
@given(length=st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_every_duration_can_be_said(language, length):
    assert is_speakable(say_duration(length, language))


@every_language
def test_a_negative_duration_is_refused(language):
    with pytest.raises(ValueError, match="negative"):
        say_duration(timedelta(seconds=-1), language)


def answer(status="in_progress", *, service="burst_main", requested=NOW, expected=None, closed=None):
    return CaseStatusAnswer(CaseNumber.mint(2026, 1, 4), status, service, requested, expected, closed)


NAMES = {"burst_main": "Pukla cev", "long": "2 {x} [d] " + "vrlo " * 20, "none": "…"}


def sentence(given, language="sr", now=NOW):
    return case_status_sentence(given, NAMES, language, now, BELGRADE)


def test_a_case_in_work():
    given = answer(requested=NOW - timedelta(days=1), expected=NOW + timedelta(hours=1, minutes=20))
    assert sentence(given) == (
        "Vaša prijava: Pukla cev. Prijavljeno je juče. Radovi su u toku. Rok ističe danas u šesnaest časova."
    )
    assert sentence(given, "hu").endswith("A munka folyamatban van. A határidő ma tizenhat órakor jár le.")


def test_a_late_case():
    given = answer("assigned", requested=NOW - timedelta(days=5), expected=NOW - timedelta(days=3))
    assert sentence(given).endswith(
        "Prijava je kod nadležne službe. Rok je istekao devetnaestog novembra. Predmet i dalje pratimo."
    )


def test_a_closed_case_has_no_deadline():
    given = answer("closed", expected=NOW + timedelta(days=1), closed=NOW - timedelta(days=1))
    assert sentence(given) == "Vaša prijava: Pukla cev. Prijavljeno je danas. Predmet je zatvoren juče."


def test_a_reopened_case_is_not_called_closed():
    given = answer("reopened", expected=NOW + timedelta(days=3), closed=NOW - timedelta(days=1))
    assert sentence(given).endswith("Predmet je ponovo otvoren. Rok ističe dvadeset petog novembra.")


def test_the_day_is_the_towns_day_not_utc():
    late_evening_utc = datetime(2026, 11, 21, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert "Prijavljeno je danas." in sentence(answer(requested=late_evening_utc))


def test_a_deadline_is_never_said_earlier_than_it_is():
    before_midnight = NOW.replace(hour=23, minute=1)
    assert sentence(answer(expected=before_midnight)).endswith("Rok ističe danas.")
    assert sentence(answer(expected=NOW.replace(hour=16, minute=1))).endswith("u sedamnaest časova.")
    assert sentence(answer(expected=NOW.replace(hour=16, minute=0))).endswith("u šesnaest časova.")


def test_unknown_service_and_status():
    assert sentence(answer("lost in space", service=None)) == "Prijavljeno je danas. Predmet je u obradi."
    assert sentence(answer("in progress", service="none")) == "Prijavljeno je danas. Radovi su u toku."


@every_language
@pytest.mark.parametrize("status", [*Status, "anything else"])
@settings(max_examples=20)
@given(
    service=st.sampled_from([None, "unknown", *NAMES]),
    requested=st.timedeltas(timedelta(days=-800), timedelta(0)),
    expected=st.none() | st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    closed=st.none() | st.timedeltas(timedelta(days=-400), timedelta(0)),
)
def test_every_answer_is_short_sentences_without_figures(language, status, service, requested, expected, closed):
    given = answer(
        str(status),
        service=service,
        requested=NOW + requested,
        expected=None if expected is None else NOW + expected,
        closed=None if closed is None else NOW + closed,
    )
    said = sentence(given, language)
    assert is_speakable(said)
    assert "None" not in said
    assert "_" not in said
    sentences = [part.strip(".") for part in said.split(". ")]
    assert 2 <= len(sentences) <= 6
    assert all(1 <= len(part.split()) <= 12 for part in sentences), sentences


@every_language
def test_each_status_has_words_of_its_own(language):
    said = {sentence(answer(str(status)), language) for status in [*Status, "anything else"]}
    assert len(said) == len(Status) + 1


@every_language
@given(place=st.integers(1, 200), minutes=st.none() | st.integers(1, 31), offer=st.booleans())
@settings(max_examples=30)
def test_what_a_waiting_caller_is_told_is_short_sentences_without_figures(language, place, minutes, offer):
    said = waiting_sentence(place, minutes, language, longest=30, offer=offer)
    assert is_speakable(said)
    assert say_number(place, language) in said
    assert len(said.split(". ")) == 1 + (minutes is not None) + 2 * offer


def test_the_wait_is_said_in_minutes_or_as_longer_than_that():
    assert waiting_sentence(3, 4, "sr", longest=30, offer=False) == (
        "Vaše mesto u redu: tri. Očekivano čekanje: oko četiri minuta."
    )
    assert "half an hour" in waiting_sentence(3, 31, "en", longest=30, offer=False)
    assert waiting_sentence(2, None, "en", longest=30, offer=False) == "Your place in the queue: two."
    assert waiting_sentence(1, 0, "en", longest=30, offer=False).endswith("about one minute.")
