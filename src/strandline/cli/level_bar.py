"""The levels of a measure as a bar: proved, possible, refuted."""

from rich.text import Text

from strandline.assessment.report import MeasureReport


def level_bar(each: MeasureReport) -> Text:
    """Return one sign for each level, the lowest first."""
    return Text.assemble(
        ("■" * each.proved, "good"),
        ("□" * (each.possible - each.proved), "faint"),
        ("·" * (len(each.levels) - each.possible), "faint"),
    )
