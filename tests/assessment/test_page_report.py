"""An assessment as one page that needs nothing else."""

import re

import msgspec
from tests.assessment.assessed import MODEL, reported
from tests.maturity.practised import NOW, events
from tests.maturity.test_dsomm_model import TEXT

from strandline.assessment.assessor import assess
from strandline.assessment.page_report import page_report
from strandline.assessment.report import report
from strandline.kpi.history import history_from
from strandline.maturity.dsomm_model import dsomm_model
from strandline.maturity.told import Practice, told_of


def test_the_page_holds_all_of_it_and_asks_nobody_for_more() -> None:
    page = page_report(reported(), MODEL, version="1.2.3")
    for _, level, criterion in MODEL.criteria():
        assert criterion.id in page
        assert level.statement.split(",")[0][:30] in page
    assert not re.search(r"(src|href)=|@import|url\(", page)


def test_names_of_others_cannot_write_into_the_page() -> None:
    named = msgspec.structs.replace(reported(), unit="<script>alert(1)</script>")
    assert "<script>" not in page_report(named, MODEL, version="1.2.3")


def test_levels_are_called_as_the_model_calls_them() -> None:
    model = dsomm_model(TEXT, MODEL, "here")
    every = events()
    practice = Practice(filter(None, (told_of(each, each.occurred_at) for each in every)))
    found = assess(model, history_from(every), practice, at=NOW, is_signed=lambda *_: False)
    told = report(found, model)
    assert told.measures[0].levels == ("0", "1", "2", "3", "4", "5")
    page = page_report(told, model, version="1.2.3")
    assert "Level 0" in page
    assert "Level 6" not in page
