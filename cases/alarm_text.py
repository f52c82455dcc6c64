"""What is said on the telephone about an alarm: short sentences, by what it is about. Pure.

What a page shows stands in the page's own texts: there it may name a line, a case, a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calls.alarms import AlarmKind, kind_and_about
from calls.languages import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """Sentences of one language, numbers in words."""

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
            AlarmKind.AMI_LOST: "Prekinuta je veza sa telefonskom centralom.",
            AlarmKind.CALLS_ENDLESS: "Neki pozivi traju duže od četiri sata.",
            AlarmKind.CASES_OVERDUE: "Nekim predmetima je prošao rok.",
            AlarmKind.CEL_MISSING: "Pozivi u toku se ne beleže.",
            AlarmKind.DEAD_LETTER: "Jedna poruka nije uručena.",
            AlarmKind.DISK_LOW: "Na disku nema mesta. Snimci mogu da se prekinu.",
            AlarmKind.IDLE_BESIDE_WAITING: "Građani čekaju, a poziv ne stiže do slobodnog operatera.",
            AlarmKind.JOURNAL: "Podatak iz jednog poziva nije sačuvan.",
            AlarmKind.NO_OPERATORS: "Radno vreme je, a nijedan operater nije prijavljen.",
            AlarmKind.RECORD_BACKLOG: "Zapisi o pozivima kasne.",
            AlarmKind.RECORDING_DAMAGED: "Jedan snimak je menjan pošto je sačuvan.",
            AlarmKind.RECORDINGS_PURGE: "Snimci kojima je prošao rok čuvanja ne mogu da se obrišu.",
            AlarmKind.RECORDINGS_UNLINKED: "Za neke snimke se ne zna iz kog su poziva.",
            AlarmKind.RECORDINGS_WAITING: "Neki snimci još nisu zaključani.",
            AlarmKind.SEND_FAILED: "Nalog ekipi nije uručen. Niko ga nije potvrdio.",
            AlarmKind.SYNTHETIC_CALL: "Probni poziv nije uspeo. Javljanje možda ne radi.",
            AlarmKind.SYNTHETIC_SOUND: "Probni snimak se ne čuje. Snimanje možda ne radi.",
            AlarmKind.TRUNK_DOWN: "Telefonska linija ne radi. Građani možda ne mogu da zovu.",
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
            AlarmKind.AMI_LOST: "The connection with the telephone exchange is lost.",
            AlarmKind.CALLS_ENDLESS: "Some calls last longer than four hours.",
            AlarmKind.CASES_OVERDUE: "Some cases are past their deadline.",
            AlarmKind.CEL_MISSING: "Calls are going on without a record.",
            AlarmKind.DEAD_LETTER: "A message was not delivered.",
            AlarmKind.DISK_LOW: "The disk is full. Recordings may be cut off.",
            AlarmKind.IDLE_BESIDE_WAITING: "Citizens wait, and no call reaches the free operator.",
            AlarmKind.JOURNAL: "A fact of a call was not stored.",
            AlarmKind.NO_OPERATORS: "It is opening time, and no operator is signed in.",
            AlarmKind.RECORD_BACKLOG: "The records of calls are late.",
            AlarmKind.RECORDING_DAMAGED: "A recording was changed after it was stored.",
            AlarmKind.RECORDINGS_PURGE: "Recordings past their time cannot be deleted.",
            AlarmKind.RECORDINGS_UNLINKED: "Some recordings belong to no known call.",
            AlarmKind.RECORDINGS_WAITING: "Some recordings are not sealed yet.",
            AlarmKind.SEND_FAILED: "An order to a crew was not delivered. Nobody confirmed it.",
            AlarmKind.SYNTHETIC_CALL: "The test call failed. Answering may not work.",
            AlarmKind.SYNTHETIC_SOUND: "The test recording is silent. Recording may not work.",
            AlarmKind.TRUNK_DOWN: "The telephone line is down. Citizens may not be able to call.",
        },
    ),
    "hu": AlarmWords(
        intro="Riasztás az ügyfélközponttól.",
        again="Ismétlem.",
        keys="Az átvételhez nyomja meg az egyes, a következő ügyeleteshez a hármas, az ismétléshez a kilences gombot.",
        taken="Átvéve. Köszönjük.",
        next_person="Rendben. Hívjuk a következő ügyeletest.",
        nobody="Nem nyomott meg gombot. Újra hívjuk.",
        wrong_key="Ez a gomb nem érvényes.",
        other="Valami nincs rendben. Nézze meg a táblát az ügyfélközpontban.",
        about={
            AlarmKind.AMI_LOST: "Megszakadt a kapcsolat a telefonközponttal.",
            AlarmKind.CALLS_ENDLESS: "Egyes hívások négy óránál tovább tartanak.",
            AlarmKind.CASES_OVERDUE: "Egyes bejelentések határideje lejárt.",
            AlarmKind.CEL_MISSING: "A folyamatban lévő hívásokról nem készül bejegyzés.",
            AlarmKind.DEAD_LETTER: "Egy üzenet nem érkezett meg.",
            AlarmKind.DISK_LOW: "Nincs elég hely a lemezen. A felvételek megszakadhatnak.",
            AlarmKind.IDLE_BESIDE_WAITING: "A polgárok várnak, de a szabad kezelőhöz nem jut el a hívás.",
            AlarmKind.JOURNAL: "Egy hívás egyik adatát nem sikerült menteni.",
            AlarmKind.NO_OPERATORS: "Nyitvatartási idő van, de egyetlen kezelő sincs bejelentkezve.",
            AlarmKind.RECORD_BACKLOG: "A hívások bejegyzései késnek.",
            AlarmKind.RECORDING_DAMAGED: "Egy felvételt a mentés után megváltoztattak.",
            AlarmKind.RECORDINGS_PURGE: "A lejárt megőrzési idejű felvételeket nem lehet törölni.",
            AlarmKind.RECORDINGS_UNLINKED: "Egyes felvételekről nem tudni, melyik híváshoz tartoznak.",
            AlarmKind.RECORDINGS_WAITING: "Egyes felvételek még nincsenek lezárva.",
            AlarmKind.SEND_FAILED: "A megbízás nem jutott el a csapathoz. Senki sem vette át.",
            AlarmKind.SYNTHETIC_CALL: "A próbahívás nem sikerült. Lehet, hogy a hívásfogadás nem működik.",
            AlarmKind.SYNTHETIC_SOUND: "A próbafelvétel nem hallható. Lehet, hogy a felvétel nem működik.",
            AlarmKind.TRUNK_DOWN: "A telefonvonal nem működik. Lehet, hogy a polgárok nem tudnak telefonálni.",
        },
    ),
    "sk": AlarmWords(
        intro="Poplach z kontaktného centra.",
        again="Opakujem.",
        keys="Ak preberáte, stlačte jeden. Pre ďalšieho v službe stlačte tri. Pre zopakovanie stlačte deväť.",
        taken="Prevzaté. Ďakujeme.",
        next_person="Dobre. Voláme ďalšiemu v službe.",
        nobody="Nestlačili ste žiadne tlačidlo. Zavoláme znova.",
        wrong_key="Toto tlačidlo neplatí.",
        other="Niečo nie je v poriadku. Pozrite sa na tabuľu v kontaktnom centre.",
        about={
            AlarmKind.AMI_LOST: "Spojenie s telefónnou ústredňou sa prerušilo.",
            AlarmKind.CALLS_ENDLESS: "Niektoré hovory trvajú dlhšie ako štyri hodiny.",
            AlarmKind.CASES_OVERDUE: "Niektorým hláseniam uplynula lehota.",
            AlarmKind.CEL_MISSING: "O prebiehajúcich hovoroch nevznikajú záznamy.",
            AlarmKind.DEAD_LETTER: "Jedna správa nebola doručená.",
            AlarmKind.DISK_LOW: "Na disku nie je dosť miesta. Nahrávky sa môžu prerušiť.",
            AlarmKind.IDLE_BESIDE_WAITING: "Občania čakajú a hovor sa nedostane k voľnému operátorovi.",
            AlarmKind.JOURNAL: "Údaj z jedného hovoru sa neuložil.",
            AlarmKind.NO_OPERATORS: "Je pracovný čas a nie je prihlásený žiadny operátor.",
            AlarmKind.RECORD_BACKLOG: "Záznamy o hovoroch meškajú.",
            AlarmKind.RECORDING_DAMAGED: "Jedna nahrávka bola po uložení zmenená.",
            AlarmKind.RECORDINGS_PURGE: "Nahrávky, ktorým uplynula lehota uchovávania, sa nedajú vymazať.",
            AlarmKind.RECORDINGS_UNLINKED: "Pri niektorých nahrávkach sa nevie, z ktorého hovoru sú.",
            AlarmKind.RECORDINGS_WAITING: "Niektoré nahrávky ešte nie sú uzamknuté.",
            AlarmKind.SEND_FAILED: "Príkaz sa nedostal k čate. Nikto ho nepotvrdil.",
            AlarmKind.SYNTHETIC_CALL: "Skúšobný hovor sa nepodaril. Prijímanie hovorov možno nefunguje.",
            AlarmKind.SYNTHETIC_SOUND: "Skúšobnú nahrávku nepočuť. Nahrávanie možno nefunguje.",
            AlarmKind.TRUNK_DOWN: "Telefónna linka nefunguje. Občania sa možno nedovolajú.",
        },
    ),
    "ro": AlarmWords(
        intro="Alarmă de la centrul de contact.",
        again="Repet.",
        keys="Pentru preluare, apăsați tasta unu; pentru următoarea persoană de serviciu, trei; pentru repetare, nouă.",
        taken="Alarma a fost preluată. Vă mulțumim.",
        next_person="Bine. Sunăm următoarea persoană de serviciu.",
        nobody="Nu ați apăsat nicio tastă. Vom suna din nou.",
        wrong_key="Această tastă nu este valabilă.",
        other="Ceva nu este în regulă. Priviți panoul din centrul de contact.",
        about={
            AlarmKind.AMI_LOST: "Legătura cu centrala telefonică s-a întrerupt.",
            AlarmKind.CALLS_ENDLESS: "Unele apeluri durează mai mult de patru ore.",
            AlarmKind.CASES_OVERDUE: "Termenul unor sesizări a expirat.",
            AlarmKind.CEL_MISSING: "Apelurile în curs nu sunt consemnate.",
            AlarmKind.DEAD_LETTER: "Un mesaj nu a fost livrat.",
            AlarmKind.DISK_LOW: "Nu este destul loc pe disc. Înregistrările se pot întrerupe.",
            AlarmKind.IDLE_BESIDE_WAITING: "Cetățenii așteaptă, dar apelul nu ajunge la operatorul liber.",
            AlarmKind.JOURNAL: "O informație dintr-un apel nu a fost salvată.",
            AlarmKind.NO_OPERATORS: "Este timpul programului, dar niciun operator nu este conectat.",
            AlarmKind.RECORD_BACKLOG: "Datele despre apeluri întârzie.",
            AlarmKind.RECORDING_DAMAGED: "O înregistrare a fost modificată după salvare.",
            AlarmKind.RECORDINGS_PURGE: "Înregistrările cu termenul de păstrare expirat nu pot fi șterse.",
            AlarmKind.RECORDINGS_UNLINKED: "Nu se știe din ce apel provin unele înregistrări.",
            AlarmKind.RECORDINGS_WAITING: "Unele înregistrări nu sunt încă sigilate.",
            AlarmKind.SEND_FAILED: "Dispoziția nu a ajuns la echipă. Nimeni nu a confirmat-o.",
            AlarmKind.SYNTHETIC_CALL: "Apelul de probă nu a reușit. Poate că apelurile nu sunt preluate.",
            AlarmKind.SYNTHETIC_SOUND: "Înregistrarea de probă nu se aude. Poate că înregistrarea nu funcționează.",
            AlarmKind.TRUNK_DOWN: "Linia telefonică nu funcționează. Poate că cetățenii nu pot suna.",
        },
    ),
}


def language_spoken(language: str) -> str:
    """Return the language in which somebody of this language hears of alarms: it itself, or the default one."""
    return language if language in WORDS else DEFAULT_LANGUAGE


def spoken_alarm(alarm: str, language: str) -> tuple[str, ...]:
    """Return what is said before a key is awaited: what it is, twice, and the keys. Raises KeyError."""
    words = WORDS[language]
    what = words.about.get(kind_and_about(alarm)[0], words.other)
    return (words.intro, what, words.again, what, words.keys)
