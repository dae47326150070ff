"""Documents: what each is for, by its name and its headings."""

from datetime import date

import pytest
from tests.repository.shown import lines, of, places

from strandline.repository.documents import Purpose, by_name, review_date
from strandline.repository.sighting import Show


@pytest.mark.parametrize(
    ("path", "show"),
    [
        ("RELEASING.md", Show.DEPLOYMENT_DOCUMENT),
        ("docs/release-process.md", Show.DEPLOYMENT_DOCUMENT),
        ("docs/how-to-deploy.rst", Show.DEPLOYMENT_DOCUMENT),
        ("doc/src/contributing/deeper/release-guide.md", Show.DEPLOYMENT_DOCUMENT),
        ("docs/gitbook/tutorials/kubernetes/deployment.md", None),
        ("docs/deploying/gunicorn.rst", None),
        ("docs/features/rollback.md", None),
        ("docs/rollback.md", Show.ROLLBACK_DOCUMENT),
        ("runbooks/database.md", Show.RUNBOOK),
        ("docs/oncall.md", Show.RUNBOOK),
        ("postmortems/2026-01-03.md", Show.POSTMORTEM),
        (".github/ISSUE_TEMPLATE/incident.md", Show.INCIDENT_TEMPLATE),
        (".github/pull_request_template.md", Show.CHANGE_TEMPLATE),
        ("CHANGELOG-v0.1.0_v1.1.0.md", Show.CHANGELOG),
        ("docs/release-notes/2.0.md", Show.CHANGELOG),
        ("docs/release-schedule.md", Show.RELEASE_SCHEDULE),
        ("docs/onboarding.md", Show.TRAINING_DOCUMENT),
        ("docs/risk-assessment.md", Show.RISK_ASSESSMENT),
        ("docs/production-readiness-checklist.md", Show.READINESS_CHECKLIST),
        ("RELEASE", None),
        ("README.md", None),
    ],
)
def test_the_name_of_a_document_says_what_it_is_for(path: str, show: Show | None) -> None:
    assert by_name(path) is show


def test_headings_count_only_where_a_project_writes_about_itself() -> None:
    text = "# Guide\n\nMaking a release\n----------------\n\n## Rolling back\n\n```\n# risk assessment\n```\n"
    found = lines("CONTRIBUTING.rst", text)
    assert found == {Show.DEPLOYMENT_DOCUMENT: [3], Show.ROLLBACK_DOCUMENT: [6]}
    assert not lines("docs/user/manual/guide.md", text)


def test_the_purpose_and_the_last_review_of_a_document_are_known() -> None:
    text = "---\nlast_reviewed: 2026-05-04\n---\n# Runbook\nReviewed on 2026-02-30\nreviewed at: 2025-01-02\n"
    found = of({"runbooks/shop.md": text})
    assert [(each.path, each.purpose, each.reviewed_on) for each in found.documents] == [
        ("runbooks/shop.md", Purpose.RUNBOOK, date(2026, 5, 4))
    ]
    assert places(found)[Show.REVIEW_DATE] == ["runbooks/shop.md:2", "runbooks/shop.md:6"]
    assert review_date("nothing") is None


def test_the_address_of_a_status_page_is_seen_once() -> None:
    text = "See https://status.shop.example and https://shop.statuspage.io.\n\nhttps://status.shop.example\n"
    assert lines("README.md", text) == {Show.STATUS_PAGE: [1]}
