"""xAPI: who learned what, and who is nobody."""

from typing import Any

import pytest
from hypothesis import given
from tests.intake.payloads import every_real, real, said
from tests.intake.test_github import json_values

from strandline.intake.sources import translated
from strandline.intake.translation import Payload


def statement(verb: str = "passed", **changes: Any) -> dict[str, Any]:
    """Return a statement."""
    return {
        "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": "https://learn.example/basics", "definition": {"name": {"en": "Basics"}}},
        "result": {"score": {"scaled": 0.85}},
        "timestamp": "2026-03-02T09:00:00Z",
        "stored": "2026-03-03T09:00:00Z",
        **changes,
    }


@pytest.mark.parametrize("file", every_real("xapi"), ids=lambda file: file.name)
def test_every_real_statement_is_read_ignored_or_unmapped(file: Any) -> None:
    said("xapi", real("xapi", file.name))


@pytest.mark.parametrize("verb", ["passed", "completed", "failed", "attended"])
def test_a_result_is_recorded_with_its_score_as_text(verb: str) -> None:
    [event] = said("xapi", statement(verb)).events
    assert (event.content["result"], event.content["score"], event.content["course"]) == (
        verb,
        "0.85",
        "Basics",
    )
    assert event.subject_id == "https://learn.example/basics"


def test_an_address_is_kept_as_its_hash_and_is_the_same_person() -> None:
    import hashlib  # noqa: PLC0415 - only here

    digest = hashlib.sha1(b"mailto:ada@example.org").hexdigest()  # noqa: S324 - what xAPI prescribes
    [by_address] = said("xapi", statement()).events
    [by_hash] = said("xapi", statement(actor={"mbox_sha1sum": digest.upper()})).events
    assert by_address.content["person"] == by_hash.content["person"]
    assert "ada@example.org" not in str(by_address)


def test_a_group_that_nobody_identified_is_unmapped() -> None:
    found = said("xapi", statement(actor={"objectType": "Group", "member": []}))
    assert [each.where for each in found.unmapped] == ["statements[0].actor"]


def test_a_voided_statement_names_the_one_that_it_withdraws() -> None:
    voided = statement("voided", object={"objectType": "StatementRef", "id": "the-other"})
    [event] = said("xapi", voided).events
    assert (event.content["result"], event.content["statement"]) == ("voided", "the-other")


def test_a_page_of_a_store_loses_only_what_is_strange() -> None:
    found = said("xapi", {"statements": [statement(), {"actor": 7}, statement("completed")], "more": ""})
    assert len(found.events) == 2
    assert [each.where for each in found.unmapped] == ["statements[1].actor"]


def test_without_a_time_it_is_when_it_was_stored() -> None:
    [event] = said("xapi", statement(timestamp=None)).events
    assert event.occurred_at.day == 3


@given(json_values)
def test_no_document_at_all_raises_an_error(document: Any) -> None:
    translated("xapi", Payload(document=document))
