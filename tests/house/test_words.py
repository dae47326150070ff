"""One word, one meaning: in event types, in documents and on the wire."""

import re
from collections import Counter
from pathlib import Path

import pytest

from strandline.vocabulary import delivery, deployment, exposure
from strandline.vocabulary.event import Fact

ROOT = Path(__file__).parents[2]


def facts() -> list[type[Fact]]:
    return [
        value
        for module in (delivery, deployment, exposure)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Fact) and value is not Fact
    ]


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.__name__)
def test_an_event_is_named_subject_and_past_participle(fact: type[Fact]) -> None:
    ours = r"dev\.cdeventsx\.strandline-[a-z]+\.[a-z]+\.\d+\.\d+\.\d+"
    cdevents = r"dev\.cdevents\.[a-z]+\.[a-z]+\.\d+\.\d+\.\d+"
    assert re.fullmatch(f"{ours}|{cdevents}", fact.TYPE)


def test_no_two_facts_share_an_event_type() -> None:
    counted = Counter(fact.TYPE for fact in facts())
    assert max(counted.values()) == 1


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.__name__)
def test_every_event_type_stands_in_the_reference(fact: type[Fact]) -> None:
    assert fact.TYPE in (ROOT / "docs" / "reference" / "events.md").read_text()


def test_every_document_is_found_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = sorted((ROOT / "docs").rglob("*.md"))
    lost = [
        str(page.relative_to(ROOT / "docs"))
        for page in pages
        if page.name != "README.md" and str(page.relative_to(ROOT / "docs")) not in index
    ]
    assert not lost


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
    ]
    assert not [
        f"{page.relative_to(ROOT)} -> {target}"
        for page, target in links
        if not (page.parent / target).exists()
    ]
