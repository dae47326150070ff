from tests.web.site_trial import SiteTrial

from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.web.sentences import Sentence
from strandline.web.story import MOST_STORIES, Stories, Story


def test_a_story_told_in_parts_is_the_story_told_at_once(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    told = Stories(trial.plane)
    told.of(view.id)
    trial.stepped.release()
    trial.ended(view.id)
    assert told.of(view.id) == Stories(trial.plane).of(view.id)


def test_the_newest_look_is_shown_and_those_that_say_nothing_new_are_not(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held(looks=6)
    story = Stories(trial.plane).of(view.id)
    shown = [line for line in story.shown(with_looks=False, most=100) if line.type == AnalysisMeasured.TYPE]
    told = [line.sentence.words.partition(":")[0] for line in shown]
    assert told == ["Look 6 of stage 1", "Look 1 of stage 1"]
    every = story.shown(with_looks=True, most=100)
    assert [line.seq for line in every] == sorted((line.seq for line in every), reverse=True)
    assert len(every) == len(trial.desk.events(view.id))


def test_releases_are_called_by_their_versions(trial: SiteTrial) -> None:
    view = trial.rolled_out("1.0.0")
    words = " ".join(line.sentence.words for line in Stories(trial.plane).of(view.id).lines)
    assert "all traffic is on 1.0.0" in words
    assert view.release.short_digest not in words


def test_the_name_of_an_instance_is_left_as_it_is() -> None:
    story = Story("greeter-1", names={"abc123": "1.0\\g<0>"})
    said = story._named(Sentence(title="", words="abc123 has it; abc123-4 ended; xabc123"))
    assert said.words == "1.0\\g<0> has it; abc123-4 ended; xabc123"


def test_what_was_counted_is_what_the_looks_counted(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    trial.world.error_rate["1.1.0"] = 0.002
    view = trial.rolled_out("1.1.0")
    totals = Stories(trial.plane).of(view.id).totals.values()
    assert sum(total.canary_requests for total in totals) == view.canary_requests
    assert sum(total.canary_errors for total in totals) == view.canary_errors


def test_only_the_stories_that_were_looked_at_last_are_kept(trial: SiteTrial) -> None:
    stories = Stories(trial.plane)
    trial.rolled_out("1.0.0")
    views = trial.desk.deployments()
    for number in range(MOST_STORIES + 5):
        stories._stories[f"other-{number}"] = stories.of(views[0].id)
    stories.of(views[0].id)
    assert len(stories._stories) == MOST_STORIES
    assert views[0].id in stories._stories
