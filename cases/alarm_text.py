"""What is said on the telephone about an alarm: short sentences, by what it is about. Pure.

An alarm's own text may hold paths and numbers for the screen; what is spoken stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calls.languages import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """Sentences of one language. `about`: kind of alarm (its id up to the colon) → sentence."""

    intro: str
    again: str
    keys: str
    taken: str
    next_person: str
    nobody: str
    wrong_key: str
    other: str
    about: Mapping[str, str]


WORDS: Final[Mapping[str, AlarmWords]] = {
    "sr": AlarmWords(
        intro="Uzbuna iz kontakt centra.",
        again="Ponavljam.",
        keys="Ako preuzimate, pritisnite jedan. Za sledećeg dežurnog pritisnite tri. Za ponavljanje pritisnite devet.",
        taken="Preuzeto. Hvala.",
        next_person="U redu. Zovemo sledećeg dežurnog.",
        nobody="Nije pritisnut nijedan taster. Zvaćemo ponovo.",
        wrong_key="Pogrešan taster.",
        other="Nešto nije u redu. Pogledajte tablu u kontakt centru.",
        about={
            "ami_lost": "Prekinuta je veza sa telefonskom centralom.",
            "trunk_down": "Telefonska linija ne radi. Građani možda ne mogu da zovu.",
            "no_operators": "Radno vreme je, a nijedan operater nije prijavljen.",
            "disk_low": "Na disku nema mesta. Snimci mogu da se prekinu.",
            "synthetic_call": "Probni poziv nije uspeo. Javljanje možda ne radi.",
            "synthetic_sound": "Probni snimak se ne čuje. Snimanje možda ne radi.",
            "record_backlog": "Zapisi o pozivima kasne.",
            "send_failed": "Nalog ekipi nije uručen. Niko ga nije potvrdio.",
            "dead_letter": "Jedna poruka nije uručena.",
        },
    ),
    "en": AlarmWords(
        intro="Alarm from the contact centre.",
        again="I repeat.",
        keys="If you take it, press one. For the next person on duty press three. To hear it again press nine.",
        taken="Taken. Thank you.",
        next_person="All right. We call the next person.",
        nobody="No key was pressed. We will call again.",
        wrong_key="Wrong key.",
        other="Something is wrong. Look at the board in the contact centre.",
        about={
            "ami_lost": "The connection with the telephone exchange is lost.",
            "trunk_down": "The telephone line is down. Citizens may not be able to call.",
            "no_operators": "It is opening time, and no operator is signed in.",
            "disk_low": "The disk is full. Recordings may be cut off.",
            "synthetic_call": "The test call failed. Answering may not work.",
            "synthetic_sound": "The test recording is silent. Recording may not work.",
            "record_backlog": "The records of calls are late.",
            "send_failed": "An order to a crew was not delivered. Nobody confirmed it.",
            "dead_letter": "A message was not delivered.",
        },
    ),
}


def words_of(language: str) -> AlarmWords:
    """Return the sentences of a language, the default's for another one."""
    return WORDS.get(language) or WORDS[DEFAULT_LANGUAGE]


def spoken_alarm(alarm_id: str, language: str) -> tuple[str, ...]:
    """Return what is said before a key is awaited: what it is, twice, and the keys."""
    words = words_of(language)
    what = words.about.get(alarm_id.partition(":")[0], words.other)
    return (words.intro, what, words.again, what, words.keys)
