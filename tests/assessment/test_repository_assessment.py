"""An assessment of one repository, with nothing set up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from strandline.assessment.assessor import shipped_model
from strandline.assessment.repository_assessment import RepositoryAssessment, RepositoryReport
from strandline.intake.git_events import ReadTag, commit_event, tag_event
from strandline.intake.git_log import ReadCommit
from strandline.maturity.answer import Verdict
from strandline.repository.contents import Contents, FileChange
from strandline.repository.reading import File
from strandline.repository.sighting import Show
from strandline.vocabulary.event import Event

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ADDRESS = "https://git.example/acme/shop"
PIPELINE = "jobs:\n  a:\n    steps:\n      - run: make test\n      - run: helm upgrade shop .\n"
GUIDE = "# Releasing\n"


class Told:
    """A repository of these files, released by a tag every ten days."""

    address = ADDRESS

    def __init__(self, texts: dict[str, str], changes: Sequence[FileChange] = (), releases: int = 30) -> None:
        self._texts = texts
        self._changes = tuple(changes)
        self._releases = releases

    def commits(self, *, since: datetime) -> tuple[str, list[Event]]:
        del since
        events: list[Event] = []
        for number in range(self._releases):
            at = NOW - (10 * number + 1) * DAY
            commit = ReadCommit(
                id=f"{number:040x}",
                parents=(f"{number + 1:040x}",),
                authored_at=at - DAY,
                committed_at=at - DAY,
                author="ann",
                author_email="",
                subject="Work",
                body="",
                files=None,
                insertions=None,
                deletions=None,
                areas=(),
            )
            made = commit_event(commit, ADDRESS)
            assert made is not None
            tag = ReadTag(
                name=f"v1.{number}.0",
                object=commit.id,
                commit=commit.id,
                created_at=at,
                is_annotated=True,
                author="ann",
            )
            events += [made, tag_event(tag, ADDRESS)]
        return "", events

    def contents(self) -> Contents:
        return Contents(
            commit="c" * 40,
            committed_at=NOW - DAY,
            paths=tuple(self._texts),
            files=tuple(File(path=path, text=text) for path, text in self._texts.items()),
            tags=tuple(f"v1.{number}.0" for number in range(self._releases)),
        )

    def changes(self, commit: str, paths: Sequence[str]) -> tuple[FileChange, ...]:
        del commit
        return tuple(each for each in self._changes if set(each.paths) & set(paths))


def changed(path: str, days_ago: float, message: str = "") -> FileChange:
    return FileChange(
        commit=f"{path}-{days_ago}",
        at=NOW - days_ago * DAY,
        author="ann",
        message=message,
        paths=(path,),
    )


def report(told: Told, **more: str) -> RepositoryReport:
    return RepositoryAssessment(told, now=NOW, **more).report(shipped_model())


def verdict(found: RepositoryReport, criterion: str) -> Verdict:
    every = {each.id: each.verdict for measure in found.measures for each in measure.criteria}
    return every[criterion]


def test_releases_and_a_fresh_document_are_evidence() -> None:
    found = report(Told({"RELEASING.md": GUIDE}, [changed("RELEASING.md", 30)]))
    assert (found.releases, found.is_guessed, found.unit) == (30, True, "shop")
    assert verdict(found, "DO2.1") is Verdict.MET
    assert verdict(found, "PI2.1") is Verdict.MET
    assert next(each for each in found.figures if each.kpi == "change-lead-time").explicit.n > 0


def test_an_old_document_and_one_that_leads_nowhere_are_not_enough() -> None:
    old = report(Told({"RELEASING.md": GUIDE}, [changed("RELEASING.md", 500)]))
    assert verdict(old, "DO2.1") is Verdict.NOT_MET
    reviewed = report(
        Told({"RELEASING.md": f"{GUIDE}Last reviewed: 2026-04-01\n"}, [changed("RELEASING.md", 500)])
    )
    assert verdict(reviewed, "DO2.1") is Verdict.MET
    broken = report(Told({"RELEASING.md": f"{GUIDE}[x](gone.md)\n"}, [changed("RELEASING.md", 30)]))
    assert verdict(broken, "DO4.3") is Verdict.NOT_MET


def test_a_pipeline_s_file_is_a_hint_and_proves_nothing() -> None:
    plain = report(Told({}))
    hinted = report(Told({".github/workflows/a.yml": PIPELINE}))
    for with_file, without in zip(hinted.measures, plain.measures, strict=True):
        if with_file.measure != "TO":
            assert with_file.proved == without.proved
    assert {each.criterion for each in hinted.hints} >= {"TO3.1", "TO3.3"}
    assert verdict(hinted, "TO3.1") is not Verdict.MET
    hint = next(each for each in hinted.hints if each.criterion == "TO3.1")
    assert [each.place for each in hint.sightings] == [".github/workflows/a.yml:5"]
    assert hint.sightings[0].show is Show.DEPLOYMENT_BY_PIPELINE


def test_what_no_file_can_say_is_unknown_and_told_what_to_connect() -> None:
    found = report(Told({}))
    assert verdict(found, "TA2.1") is Verdict.NO_FEED
    carried = {each.carries: each for each in found.connections}
    assert "TA2.1" in carried["training"].criteria
    assert "xapi" in carried["training"].how
    levels = [min(int(each[2]) for each in one.criteria) for one in found.connections[:3]]
    assert min(levels) <= 2


def test_nothing_is_a_deployment_if_nobody_says_so_or_no_tag_looks_like_one() -> None:
    named = report(Told({}), releases="")
    assert (named.releases, named.is_guessed) == (0, False)
    assert all(each.proved == 0 for each in named.measures)
    assert report(Told({}, releases=0)).releases_like == ""


def test_a_change_of_a_pipeline_that_names_its_cause_is_one_of_the_practice() -> None:
    changes = [
        changed(".github/workflows/a.yml", days, f"Wait longer, see INC-{days}") for days in (10, 20, 30)
    ]
    found = report(Told({".github/workflows/a.yml": PIPELINE}, changes))
    assert verdict(found, "CI3.3") is Verdict.MET
    silent = report(Told({".github/workflows/a.yml": PIPELINE}, [changed(".github/workflows/a.yml", 10)]))
    assert verdict(silent, "CI3.3") is Verdict.NO_FEED
