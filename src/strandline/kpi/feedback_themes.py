"""What users speak of: words and pairs of words that several of them use, and which of those are new.

A theme is a word, or two that follow each other, in at least three answers. Whether it is said more than
before is told by the log odds of its share, with what was said at any time as the prior, over their standard
deviation (B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words", Political Analysis 16, 2008,
equations 16 and 22). Nothing is learnt: every theme leads to the answers that it was counted in.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from strandline.kpi.feedback import Feedback
from strandline.kpi.history import History
from strandline.kpi.scope import Scope
from strandline.kpi.stop_words import STOP_WORDS

LEAST = 3
"""Answers in which something is said before it is a theme."""
NEW = 1.96
"""Standard deviations from which on it is said more than before (5 %, two-sided)."""
_PRIOR = 10.0
"""What was said at any time weighs as much as so many answers."""
_MOST = 12
_QUOTES = 3
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_SHORTEST = 2


class Theme(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that several users speak of."""

    words: str
    n: int
    """Answers that say it."""
    share: float
    """Of all answers with words, 0 to 1."""
    mean_score: float | None
    """Of those answers, in CSAT's 1 to 5; `None` where none of them has one."""
    before: int
    """Answers of earlier times that say it."""
    is_new: bool
    """Whether it is said more than before; never where nothing was said before."""
    quotes: tuple[str, ...]
    """The newest answers that say it."""


class Themes(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What users speak of in a time."""

    answers: int
    """Answers with words."""
    earlier: int
    themes: tuple[Theme, ...]


def feedback_themes(history: History, scope: Scope) -> Themes:
    """Return what users speak of in a scope: what is new first, then what most of them say."""
    said = [
        each
        for each in history.feedback
        if each.words and each.at < scope.end and scope.has_service(each.service)
    ]
    now = [each for each in said if each.at >= scope.start]
    earlier = [each for each in said if each.at < scope.start]
    here, there = _counted(now), _counted(earlier)
    themes = [
        _theme(words, now, earlier, count, there[words]) for words, count in here.items() if count >= LEAST
    ]
    themes = _without_parts(themes)
    themes.sort(key=lambda each: (not each.is_new, -each.n, each.words))
    return Themes(answers=len(now), earlier=len(earlier), themes=tuple(themes[:_MOST]))


def _theme(words: str, now: Sequence[Feedback], earlier: Sequence[Feedback], here: int, there: int) -> Theme:
    members = sorted((each for each in now if words in _terms(each.words)), key=lambda each: each.at)
    scores = [each.score for each in members if each.scale == "csat" and each.score is not None]
    return Theme(
        words=words,
        n=here,
        share=here / len(now),
        mean_score=sum(scores) / len(scores) if scores else None,
        before=there,
        is_new=bool(earlier) and _log_odds(here, len(now), there, len(earlier)) >= NEW,
        quotes=tuple(each.words for each in reversed(members[-_QUOTES:])),
    )


def _log_odds(here: int, n_here: int, there: int, n_there: int) -> float:
    """Return by how many standard deviations the log odds of a term differ, shrunk to their common share."""
    prior, prior_rest = here + there, n_here + n_there - here - there
    weight = _PRIOR / max(n_here + n_there, 1)
    a, a_rest = here + weight * prior, n_here - here + weight * (prior_rest + 1)
    b, b_rest = there + weight * prior, n_there - there + weight * (prior_rest + 1)
    difference = math.log(a / a_rest) - math.log(b / b_rest)
    return difference / math.sqrt(1 / a + 1 / b)


def _counted(answers: Iterable[Feedback]) -> Counter[str]:
    """Return in how many answers each term stands; one that repeats itself is counted once."""
    return Counter(term for each in answers for term in _terms(each.words))


def _terms(text: str) -> frozenset[str]:
    words = [each.lower().replace("\u2019", "'") for each in _WORD.findall(text)]
    telling = [each if each not in STOP_WORDS and len(each) > _SHORTEST else "" for each in words]
    pairs = {f"{one} {other}" for one, other in pairwise(telling) if one and other}
    return frozenset((set(telling) - {""}) | pairs)


def _without_parts(themes: Sequence[Theme]) -> list[Theme]:
    """Leave out a word that is hardly ever said but within a pair that is a theme itself."""
    pairs = [each for each in themes if " " in each.words]
    return [
        each
        for each in themes
        if " " in each.words
        or not any(each.words in pair.words.split() and pair.n >= 0.8 * each.n for pair in pairs)
    ]
