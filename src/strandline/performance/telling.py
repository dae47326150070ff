"""What was noticed in the figures and decided about them, in a sentence each."""

from strandline.performance.figure_words import TITLES
from strandline.performance.noticed_words import noticed_words, target_words
from strandline.vocabulary.event import Event, says
from strandline.vocabulary.performance import FigureAnomalous, FigureChanged, FigureReviewed, TargetSet


def told(event: Event) -> str:
    """Return an event of this room as one sentence; empty for all others."""
    noticed = says(event, FigureChanged) or says(event, FigureAnomalous)
    if noticed is not None:
        return noticed_words(noticed) if noticed.figure in TITLES else ""
    target = says(event, TargetSet)
    if target is not None and target.figure in TITLES:
        whose = target.service or "all services"
        return f"{TITLES[target.figure]} of {whose} ought to be {target_words(target)}, says {target.owner}."
    review = says(event, FigureReviewed)
    if review is not None and review.figure in TITLES:
        return f"{TITLES[review.figure]} was reviewed by {review.by}; again on {review.next_review}."
    return ""
