"""`strandline completion`: what makes a shell complete commands, options and files."""

from typing import Literal

import msgspec

from strandline.cli.commands import make_app
from strandline.cli.output import Output
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden

_INTO = {
    "bash": "~/.local/share/bash-completion/completions/strandline",
    "zsh": "a folder of your $fpath, as _strandline",
    "fish": "~/.config/fish/completions/strandline.fish",
}


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What `strandline completion --json` writes."""

    shell: str
    script: str


def completion(
    shell: Literal["bash", "zsh", "fish"], /, *, common: Common = NOTHING_GIVEN, session: Hidden
) -> int:
    """Print the script that makes a shell complete commands, options and files.

    Args:
        shell: Which shell.
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    script = make_app(Output()).generate_completion(shell=shell)
    output = session.output
    if output.is_json:
        output.document(Script(shell=shell, script=script))
        return 0
    output.raw(script.rstrip("\n").encode())
    if output.is_terminal:
        output.note(f"Write it to {_INTO[shell]}, and open a new shell.")
    return 0
