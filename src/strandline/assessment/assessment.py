"""What an assessment is: how the measures of a unit stand at a moment, by a model."""

from datetime import datetime

import msgspec

from strandline.maturity.judging import MeasureAnswer


class Assessment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a unit's practice stands at a moment."""

    model: str
    model_version: str
    at: datetime
    unit: str
    events: int
    """How many events of the practice it is made from."""
    measures: tuple[MeasureAnswer, ...]
    unconfirmed: tuple[str, ...]
    """Measures whose level was not proved two weeks ago yet: it is new."""

    lapsing: dict[str, int] = {}
    """Measures whose level was proved two weeks ago, and is neither proved nor refuted now.

    What proved it has grown old, or its source is silent. From each to that level."""

    def measure(self, name: str) -> MeasureAnswer:
        """Return how one measure stands."""
        return next(each for each in self.measures if each.measure == name)
