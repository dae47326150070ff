"""What users speak of is counted by answers, held against before, and leads to what they said."""

from hypothesis import given
from hypothesis import strategies as st
from tests.kpi.told import SHOP, at, scope, told

from strandline.kpi.feedback_themes import LEAST, Themes, feedback_themes
from strandline.kpi.history import history_from
from strandline.vocabulary.event import Event
from strandline.vocabulary.feedback import FeedbackGiven


def answer(words: str, days: float, score: int = 4) -> Event:
    return told(FeedbackGiven(scale="csat", score=score, words=words), at(days), source="/f", subject=SHOP)


def found(*events: Event) -> Themes:
    return feedback_themes(history_from(events), scope())


def test_what_several_say_is_a_theme_with_its_share_score_and_words() -> None:
    slow = [answer(f"The checkout page is slow, very slow ({number})", number, 2) for number in range(4)]
    [theme, *_] = found(*slow, answer("Lovely", 5, 5)).themes
    assert (theme.words, theme.n, theme.share, theme.mean_score) == ("checkout page", 4, 0.8, 2.0)
    assert theme.quotes[0].endswith("(3)")
    assert len(theme.quotes) == 3


def test_what_one_person_repeats_is_no_theme() -> None:
    assert found(answer("slow slow slow slow slow", 1)).themes == ()


def test_words_that_say_nothing_are_no_themes() -> None:
    assert (
        found(*(answer("it was so and it is, das ist es nicht", number) for number in range(5))).themes == ()
    )


def test_what_is_said_more_than_before_is_new_and_stands_first() -> None:
    before = [answer("prices fine", -number) for number in range(1, 41)]
    now = [answer("prices fine", number / 2) for number in range(20)]
    now += [answer("login broken", number / 2, 1) for number in range(10)]
    themes = found(*before, *now).themes
    assert (themes[0].words, themes[0].is_new, themes[0].before) == ("login broken", True, 0)
    assert not any(each.is_new for each in themes if "prices" in each.words)


def test_without_anything_before_nothing_is_called_new() -> None:
    assert not any(each.is_new for each in found(*(answer("login broken", n) for n in range(9))).themes)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_whatever_is_written_every_theme_is_in_so_many_answers(texts: list[str]) -> None:
    themes = found(*(answer(text, number / 10) for number, text in enumerate(texts)))
    assert all(LEAST <= each.n <= themes.answers for each in themes.themes)
    assert all(0 < each.share <= 1 for each in themes.themes)
