"""Serbian in two scripts and English: per person, remembered, and true to the letter."""

import re
from datetime import UTC, datetime

import pytest

from agent_console.pages.cyrillic import KEPT, cyrillic
from agent_console.pages.languages import LANGUAGES
from agent_console.pages.moments import Moments
from agent_console.pages.texts import Texts, catalogue, words_of

HTML = {"Accept": "text/html"}
SERBIAN = "а a б b в v г g д d ђ đ е e ж ž з z и i ј j к k л l љ lj м m н n њ nj о o п p р r с s т t ћ ć у u ф f х h"
PAIRS = f"{SERBIAN} ц c ч č џ dž ш š".split()
BACK = dict(zip(PAIRS[::2], PAIRS[1::2], strict=True))


def latin(text):
    """Turn Cyrillic back, letter by letter: this way there is no doubt."""
    return "".join(
        letter
        if letter.lower() not in BACK
        else BACK[letter]
        if letter.islower()
        else BACK[letter.lower()].capitalize()
        for letter in text
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ljubav, njegova džezva", "Љубав, његова џезва"),
        ("LJUBAV NJEGOVA DŽEZVA", "ЉУБАВ ЊЕГОВА ЏЕЗВА"),
        ("Đurđevdan, ćuprija, čaša, žar, šuma", "Ђурђевдан, ћуприја, чаша, жар, шума"),
        ("injekcija, konjugacija, konjunktura, vanjezički", "инјекција, конјугација, конјунктура, ванјезички"),
        ("nadživeti, odživeti, podžanr, predželudac", "надживети, одживети, поджанр, преджелудац"),
        ("konj, panj, džak, nadljudski", "коњ, пањ, џак, надљудски"),
        ("pre {span}, još {seconds} s", "пре {span}, још {seconds} s"),
        ("Snimak <b>ceo</b>&nbsp;ili &amp; ne", "Снимак <b>цео</b>&nbsp;или &amp; не"),
        ("Ctrl+K idi na · F8 završi · Esc zatvori", "Ctrl+K иди на · F8 заврши · Esc затвори"),
        ("centrala recordings purge; vidi log/console.log", "centrala recordings purge; види log/console.log"),
        ("Preuzmi CSV, PIN-om, komandom centrala user add", "Преузми CSV, PIN-ом, командом centrala user add"),
        ("Centrala radi; telefonska centrala je odbila", "Centrala ради; телефонска централа је одбила"),
        ("Google Authenticator ili FreeOTP, preko Wi-Fi mreže", "Google Authenticator или FreeOTP, преко Wi-Fi мреже"),
        ("od 5 min do 2 h", "од 5 min до 2 h"),
    ],
)
def test_letters(written, expected):
    assert cyrillic(written) == expected


def test_every_text_keeps_its_places_and_can_be_read_back():
    for key, text in catalogue("sr").items():
        made = words_of("sr-Cyrl")[key]
        assert re.findall(r"\{[^}]*\}|<[^>]*>", made) == re.findall(r"\{[^}]*\}|<[^>]*>", text), key
        assert latin(made).lower() == text.lower(), key


def test_what_stays_latin_in_the_pages_is_on_the_list():
    units = {"s", "min", "h", "d", "m", "km"}
    stayed = set()
    for text in words_of("sr-Cyrl").values():
        bare = re.sub(
            r"\{[^}]*\}|<[^>]*>|`[^`]*`|&\w+;|centrala (?:doctor|recordings|status|user)[ \w-]*"
            r"|(?:Ctrl|Alt|Shift)\+\w+|[\w/]+\.(?:log|toml|yaml)",
            " ",
            text,
        )
        for word in KEPT:
            bare = bare.replace(word, " ")
        stayed |= set(re.findall(r"[A-Za-zčćđšžČĆĐŠŽ]+\d*", bare))
    assert {word for word in stayed if not re.fullmatch(r"[A-Z]{2,}\d*|[A-Z]\d+", word)} - units == set()


def test_dates_and_numbers_are_written_as_the_language_does():
    noon = datetime(2026, 3, 5, 11, 0, tzinfo=UTC)
    written = {tag: Moments("Europe/Belgrade", Texts(one)) for tag, one in LANGUAGES.items()}
    assert {tag: one.absolute(noon) for tag, one in written.items()} == {
        "sr-Latn": "05.03.2026. 12:00",
        "sr-Cyrl": "05.03.2026. 12:00",
        "en": "5 Mar 2026, 12:00",
    }
    assert [written[tag].number(12345.6) for tag in ("sr-Latn", "en")] == ["12.345,6", "12,345.6"]
    assert written["sr-Cyrl"].relative(noon, noon.replace(hour=10)) == "још 1 h"


async def test_each_account_has_its_language_and_it_is_remembered(console):
    csrf = await console.sign_in()
    for tag, word in (("sr-Cyrl", "Предмети"), ("en", "Cases"), ("sr-Latn", "Predmeti")):
        data = {"csrf": csrf, "language": tag, "back": "/console/cases"}
        answer = await console.client.post("/language", data=data, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/console/cases")
        page = await (await console.client.get("/console/cases")).text()
        assert f'<html lang="{tag}">' in page
        assert f"<h1>{word}</h1>" in page
    await console.client.post("/language", data={"csrf": csrf, "language": "sr-Cyrl"}, allow_redirects=False)
    console.client.session.cookie_jar.clear()
    await console.sign_in("boris")
    assert '<html lang="sr-Latn">' in await (await console.client.get("/console/cases")).text()
    console.client.session.cookie_jar.clear()
    await console.sign_in()
    assert "<h1>Предмети</h1>" in await (await console.client.get("/console/cases")).text()


async def test_the_sign_in_page_speaks_the_last_language_of_the_browser(console):
    await console.client.post("/login/language", data={"language": "en"}, allow_redirects=False)
    page = await (await console.client.get("/login")).text()
    assert '<html lang="en">' in page
    assert "Password" in page


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/a\nb", "x"]
)
async def test_changing_the_language_leads_nowhere_else(console, back):
    csrf = await console.sign_in()
    data = {"csrf": csrf, "language": "en", "back": back}
    answer = await console.client.post("/language", data=data, allow_redirects=False)
    assert answer.headers["Location"] == "/"


async def test_an_unknown_language_is_refused(console):
    csrf = await console.sign_in()
    answer = await console.client.post("/language", data={"csrf": csrf, "language": "tlh"}, allow_redirects=False)
    assert answer.status == 422
