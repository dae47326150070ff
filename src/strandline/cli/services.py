"""`strandline services`: the catalogue."""

from strandline.cli.connection import asking
from strandline.cli.output import words
from strandline.cli.overview_words import services_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden


def services(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the services: who answers for each, where its users reach it, and what it runs.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with asking(session, common) as desk:
        known = desk.services()
    nothing = words("No service is known yet. Write one with `strandline init`, and deploy from its folder.")
    session.output.result(known, services_table(known) if known else nothing)
    return 0
