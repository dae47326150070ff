"""A gate: a question that must be answered before a rollout may proceed, and the answer with its evidence.

One gate is one file of this room: a pure function that takes values and returns a `GateVerdict`, and beside
it `GATE`, what the gate is. `all_gates.py` finds them; nothing is registered by hand.
"""

import msgspec

from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.verdict import GateAnswer


class Gate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a gate asks, for people."""

    name: str
    """Its name in verdicts and documents, such as `change-freeze`."""
    question: str
    """What it asks, so that `pass` is yes."""
    why: str
    """Why a rollout should wait for the answer."""
    remedy: str
    """What to do when it is closed."""


class GateVerdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a gate answered, once."""

    gate: str
    answer: GateAnswer
    sentence: str
    """The answer and its reason, as a person would say it."""
    evidence: dict[str, JsonValue] = {}
    """What the answer rests on, so that it can be checked without asking again."""

    @property
    def is_open(self) -> bool:
        """Whether a rollout may go on: inconclusive is closed."""
        return self.answer in {GateAnswer.PASS, GateAnswer.NOT_APPLICABLE}
