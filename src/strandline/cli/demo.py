"""`strandline demo`: the whole story on this machine, with a real service and real users."""

import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.live import Live
from rich.table import Table
from rich.text import Text

from strandline.cli.demo_story import Chapter, Story, felt, outcome_words, times
from strandline.cli.demo_trial import ACTS, FIRST, REQUESTS_PER_SECOND, Act, Demo, Watcher, stop_everything
from strandline.cli.hosting import Hosted, hosted
from strandline.cli.output import Output, line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.rollout.deployment_view import DeploymentView
from strandline.settings import Settings
from strandline.vocabulary.deployment import Outcome

_BAR_COLUMNS = 20
_ALL_BP = 10_000


def demo(
    *,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
    keep: Annotated[bool, Parameter(negative=())] = False,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Show the whole story on this machine: a real service, real traffic, good and bad releases.

    It takes about two minutes, ends by itself, and leaves nothing running. The live page is open meanwhile.

    Examples:
        strandline demo

        strandline demo --no-browser --keep

    Args:
        browser: open the live page in a browser.
        keep: leave service, users and pages running at the end, until Ctrl-C.
        common: the options of every command.
        session: this run of the command line.
    """
    output = session.output
    settings = _fresh(session.settings(common))
    began = time.monotonic()
    with hosted(settings, session.make_pages) as host:
        trial = Demo(app=host.app, page=host.url, workplace=settings.home / "workplace")
        try:
            story = _play(trial, host, output, began, opens_browser=browser)
            _tell(story, output)
            if keep:
                _keep(trial, output)
        finally:
            stop_everything(trial)
    return 0 if story.is_as_expected else 1


def _play(trial: Demo, host: Hosted, output: Output, began: float, *, opens_browser: bool) -> Story:
    trial.lay_out()
    output.show(
        line(words("The live page is at ", "faint"), words(host.url, "bold")),
        line(words("All state is in      ", "faint"), str(trial.app.settings.home)),
        "",
    )
    if opens_browser:
        webbrowser.open(host.url)
    with _progress(FIRST, output) as watch:
        trial.roll_out(FIRST, watch)
    output.show(
        "",
        line(f"Users come to {trial.address} now, {REQUESTS_PER_SECOND:.0f} requests a second."),
        "",
    )
    with trial.users() as load:
        for act in ACTS:
            with _progress(act, output) as watch:
                trial.roll_out(act, watch, load)
            output.show(*_chapter(trial.chapters[-1]), "")
    return trial.story(time.monotonic() - began)


@contextmanager
def _progress(act: Act, output: Output) -> Iterator[Watcher]:
    """Show how one rollout goes, on one line that is drawn anew; without a terminal, its title only."""
    output.show(line(words(f"greeter {act.version}", "bold"), words(f"  {act.lesson}", "faint")))
    if not output.is_terminal:
        yield _unwatched
        return
    with Live(console=output.people, transient=True, refresh_per_second=8) as live:
        yield lambda view: live.update(_line(view))


def _unwatched(view: DeploymentView) -> None:
    del view


def _line(view: DeploymentView) -> Text:
    share = view.weight_bp / _ALL_BP
    filled = round(share * _BAR_COLUMNS)
    bar = "█" * filled + "·" * (_BAR_COLUMNS - filled)
    stage = f"stage {view.stage.number} of {len(view.stages)}" if view.stage else view.status.value
    said = view.stage.sentence if view.stage else ""
    return line(words(f"  {bar} {share:>4.0%}  ", "open"), f"{stage}  ", words(said, "faint"))


def _chapter(chapter: Chapter) -> list[Text]:
    view = chapter.deployment
    style = "good" if view.outcome is Outcome.SUCCEEDED else "wait"
    mark = "✓" if chapter.is_as_expected else "✗"
    return [
        line(words(f"  {mark} {outcome_words(view)}", style), f"  {times(view)}"),
        words(f"    {view.outcome_reason.splitlines()[0].removesuffix(' Its last output:')}"),
        words(f"    Users: {felt(chapter)}.", "faint"),
    ]


def _tell(story: Story, output: Output) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("release", "was", "became", "requests", "failed", "time"):
        table.add_column(title, justify="right" if title in {"requests", "failed"} else "left")
    for chapter in story.chapters:
        view = chapter.deployment
        table.add_row(
            view.release.version,
            chapter.lesson,
            outcome_words(view),
            f"{chapter.requests:,}",
            str(chapter.failed),
            times(view),
        )
    total = sum(chapter.requests for chapter in story.chapters)
    failed = sum(chapter.failed for chapter in story.chapters)
    proof = "proved" if not story.faults else "NOT PROVED: " + "; ".join(story.faults)
    home = _short(story.home)
    output.result(
        story,
        words("What happened", "bold"),
        table,
        "",
        words("What users felt", "bold"),
        words(
            f"{failed} of {total:,} requests failed, counted at the client ({failed / max(total, 1):.2%})."
        ),
        "",
        words("How mature that is, by what happened", "bold"),
        *(words(f"  {_level(name, *levels)}") for name, levels in story.levels.items()),
        words(
            "  Two minutes of one service prove little; what nobody could see is unknown, and not bad.",
            "faint",
        ),
        "",
        words("Where to look", "bold"),
        words(f"The ledger has {story.records} records: {proof}."),
        words(f"  strandline status --home {home}"),
        words(f"  strandline ledger tail --once --home {home}"),
        words(f"  strandline assess --home {home}     # what a higher level takes"),
        words(f"  strandline serve --home {home}      # the pages again"),
        words(f"It took {story.took_ms / 1000:.0f} s.", "faint"),
    )


def _level(name: str, proved: int, possible: int) -> str:
    said = f"{name}: level {proved}" if proved else f"{name}: not assessed"
    return f"{said} (up to {possible} possible)" if possible > proved else said


def _keep(trial: Demo, output: Output) -> None:
    """Leave everything running until the user has seen enough."""
    output.note("", line(words("Everything goes on running; Ctrl-C ends it. ", "wait"), trial.page))
    with trial.users():
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            output.note("")


def _fresh(settings: Settings) -> Settings:
    """Return settings with a home that no demo has used, and any free port."""
    number = 1
    while (home := settings.home / f"demo-{number}").exists():
        number += 1
    return msgspec.structs.replace(settings, home=home, database_url="", port=0)


def _short(path: str) -> str:
    """Return a path as one would type it here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
