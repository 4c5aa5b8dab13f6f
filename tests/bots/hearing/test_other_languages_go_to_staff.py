"""A language that nobody here understands is named and left to staff; and no text, however strange, is slow."""

import cProfile
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.hearing.ear import Ear
from hub.talk.heard import Heard, Intent, KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2026, 11, 25, 6, 20, tzinfo=UTC)
_CHILDREN = (KnownChild("1", "Kari Nordmann"), KnownChild("2", "Ola Nordmann"))
_LONGEST, _MOST_MILLISECONDS = 1600, 500
_TEXTS = [
    ("so", "Subax wanaagsan, Hodan maanta ma imanayso, way xanuunsan tahay"),
    ("so", "Wiilkaygu wuu bukaa oo qandho ayuu leeyahay, iskuulka kuma imanayo"),
    ("so", "Fadlan, goorma ayay xanaanadu xirmaysaa berri?"),
    ("se", "Buorre iđit, Máret lea buozas odne ii ge boađe skuvlii"),
    ("se", "Mu bárdni lea feberis, son lea ruovttus ihttin maid"),
    ("se", "Sáhttá go áhkku viežžat Ánte odne diibmu guokte?"),
    ("pl", "Dzień dobry, Zosia jest dzisiaj chora i nie przyjdzie do przedszkola"),
    ("pl", "Syn ma gorączkę, zostaje w domu do środy"),
    ("pl", "Czy mogę odebrać Kubę o godzinie 14?"),
    ("lt", "Laba diena, Rūta šiandien serga ir neateis į darželį"),
    ("lt", "Mano sūnus vėluos, atvažiuosim apie dešimtą"),
    ("lt", "Ačiū už pagalbą, iki rytojaus"),
    ("lv", "Labrīt, Anna šodien slima, nenāks uz skolu"),
    ("lv", "Vai es varu paņemt dēlu agrāk, ap diviem?"),
    ("et", "Tere hommikust, Mari on haige ja ei tule täna lasteaeda"),
    ("et", "Kas ma võin poja kell kaks ära viia?"),
    ("de", "Guten Morgen, Lena ist heute krank und kommt nicht"),
    ("de", "Mein Sohn hat Fieber und bleibt bis Mittwoch zuhause"),
    ("de", "Kann die Oma ihn heute um 14 Uhr abholen?"),
    ("nl", "Goedemorgen, Daan is ziek en komt vandaag niet naar school"),
    ("nl", "Kan ik mijn dochter morgen eerder ophalen?"),
    ("fr", "Bonjour, Chloé est malade aujourd'hui et ne viendra pas à l'école"),
    ("fr", "Mon fils a de la fièvre, il reste à la maison jusqu'à mercredi"),
    ("es", "Buenos días, Lucía está enferma y no va a la escuela hoy"),
    ("es", "¿Puede la abuela recoger a mi hijo a las dos?"),
    ("pt", "Bom dia, a Inês está doente e não vai à escola hoje"),
    ("pt", "Posso ir buscar o meu filho mais cedo?"),
    ("it", "Buongiorno, Giulia è malata e oggi non viene a scuola"),
    ("it", "La nonna può prendere mio figlio alle due?"),
    ("ro", "Bună ziua, Ioana este bolnavă și nu vine azi la școală"),
    ("ro", "Fiul meu are febra, ramane acasa pana miercuri"),
    ("sq", "Miremengjes, Arta eshte e semure dhe nuk vjen sot ne shkolle"),
    ("sq", "A mund ta marrë gjyshja djalin në orën dy?"),
    ("tr", "Günaydın, Elif bugün hasta, okula gelmeyecek"),
    ("tr", "Oglum yarin doktora gidecek, gec gelecek"),
    ("ku", "Rojbaş, Zîn îro nexweş e, nayê dibistanê"),
    ("ku", "Kurê min bi tayê ketiye, li malê dimîne"),
    ("bs", "Dobro jutro, Amina je danas bolesna i neće doći u školu"),
    ("bs", "Sin ima temperaturu, ostaje kući do srijede"),
    ("hu", "Jó reggelt, Anna beteg, ma nem megy iskolába"),
    ("cs", "Dobrý den, Eliška je dnes nemocná a nepřijde do školky"),
    ("vi", "Chào cô, hôm nay con tôi bị ốm, không đi học được"),
    ("tl", "Magandang umaga po, may sakit ang anak ko, hindi siya papasok ngayon"),
    ("is", "Góðan daginn, Sigga er veik í dag og kemur ekki í skólann"),
    ("sw", "Habari za asubuhi, mtoto wangu ni mgonjwa, hatakuja shuleni leo"),
    ("ru", "Доброе утро, Маша сегодня заболела и не придёт в школу"),
    ("ru", "Сын будет дома до среды"),
    ("uk", "Доброго ранку, Оленка захворіла, сьогодні її не буде"),
    ("uk", "Син хворий, не прийде"),
    ("be", "Добрай раніцы, сёння дачка хворая, не прыйдзе ў школу"),
    ("bg", "Добро утро, Мария е болна днес и няма да дойде на училище"),
    ("sr", "Добро јутро, Милица је болесна и неће доћи у школу"),
    ("ar", "صباح الخير، ابنتي مريضة اليوم ولن تأتي إلى المدرسة"),
    ("fa", "سلام، دخترم امروز مریض است و به مدرسه نمی‌آید، گلو درد دارد"),
    ("ur", "السلام علیکم، میری بیٹی آج بیمار ہے، سکول نہیں آئے گی"),
    ("ckb", "بەیانیت باش، کچەکەم ئەمڕۆ نەخۆشە و نایەت بۆ قوتابخانە"),
    ("ps", "سلام، زما لور نن ناروغه ده او ښوونځي ته نه راځي"),
    ("ti", "ከመይ ሓዲርኩም፣ ጓለይ ሎሚ ሓሚማ ኣላ፣ ናብ ቤት ትምህርቲ ኣይትመጽእን"),
    ("am", "እንደምን አደራችሁ፣ ልጄ ዛሬ አሟታል፣ ትምህርት ቤት አይመጣም"),
    ("he", "בוקר טוב, נועה חולה היום ולא תגיע לגן"),
    ("el", "Καλημέρα, η Ελένη είναι άρρωστη σήμερα"),
    ("hy", "Բարև, աղջիկս այսօր հիվանդ է"),
    ("ka", "დილა მშვიდობისა, ჩემი შვილი ავად არის"),
    ("hi", "नमस्ते, मेरी बेटी आज बीमार है"),
    ("bn", "আমার মেয়ে আজ অসুস্থ"),
    ("ta", "என் மகள் இன்று உடல்நிலை சரியில்லை"),
    ("th", "สวัสดีค่ะ วันนี้ลูกไม่สบาย ไม่ไปโรงเรียน"),
    ("ko", "안녕하세요, 오늘 아이가 아파서 학교에 못 갑니다"),
    ("ja", "おはようございます、娘は今日熱があるので休みます"),
    ("zh", "老师早上好，孩子今天生病了，不去学校"),
]


def hear(text: str, hint: str | None = None) -> Heard:
    return _EAR.hear(Said(text, _MORNING, hint), _CHILDREN, None)


@pytest.mark.parametrize(("code", "text"), _TEXTS)
def test_it_is_named_whatever_the_guardian_s_setting(code: str, text: str) -> None:
    heard = [hear(text, hint) for hint in (None, "nb", "fi")]

    assert {one.language for one in heard} == {code}
    assert {act.intent for one in heard for act in one.acts} == {Intent.MESSAGE}


def test_nothing_is_done_on_words_that_our_languages_happen_to_share() -> None:
    heard = hear("Kari ist heute krank und bleibt zu Hause, sie kommt am Freitag zurück")

    assert [(act.intent, act.days) for act in heard.acts] == [(Intent.MESSAGE, ())]


def test_the_child_that_is_named_is_still_seen() -> None:
    assert hear("Dzień dobry, Kari jest dzisiaj chora").acts[0].children == ("1",)


@pytest.mark.parametrize(
    "text",
    ["Mein Sohn hat Fieber", "Kari ma gorączkę i kaszel", "У сына температура и кашель", "ابني عنده حرارة وسعال"],
)
def test_a_symptom_is_sensitive_in_them_too(text: str) -> None:
    assert hear(text).sensitive


def test_stop_is_stop_beside_any_language() -> None:
    assert hear("STOP", "so").acts[0].intent is Intent.STOP


@pytest.mark.parametrize("text", ["I dag er Kari syk", "Kari on kipeä", "Hei", "Ola min", "Takk", "ok", "Kari sjuk"])
def test_our_own_languages_are_never_taken_for_another(text: str) -> None:
    assert hear(text, "nb").language in {"nb", "nn", "sv", "fi", "en"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=40), st.sampled_from([" ", "", "\n", ", "]))
def test_no_text_repeated_takes_long(piece: str, between: str) -> None:
    text = ((piece + between) * _LONGEST)[:_LONGEST]

    spent = []
    for _ in range(3):
        begun = time.process_time()
        hear(text)
        spent.append((time.process_time() - begun) * 1000)

    assert (
        min(spent) < _MOST_MILLISECONDS * 2
    )  # on the slowest of machines; what grows faster than the text takes seconds


@pytest.mark.parametrize(
    "sentence",
    [
        "no",
        "ei",
        "ja",
        "mon-thu 8-4, fri off",
        "Neither of them is coming today",
        "I can't pick up Kari before 5 today",
        "Ola kommer ikke og Kari kommer ikke",
    ],
)
def test_a_sentence_without_an_end_does_not_take_longer_and_longer(sentence: str) -> None:
    def steps(letters: int) -> int:
        counted = cProfile.Profile()
        counted.runcall(hear, ((sentence + " ") * _LONGEST)[:letters])
        return sum(entry.callcount for entry in counted.getstats())

    steps(_LONGEST)

    assert steps(_LONGEST) < 8 * steps(_LONGEST // 4)  # what is quadratic takes sixteen times as many
