"""Forecasts: how likely a deployment was said to fail, which strategy followed, what it cost."""

from typing import ClassVar

from strandline.vocabulary.event import Fact


class RiskForecast(Fact, frozen=True, kw_only=True):
    """How likely it is to fail, said before it starts; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-risk.forecast.0.1.0"
    probability_bp: int
    """Basis points: 0 to 10,000."""
    model: str
    """Which model, in which version."""


class StrategyChosen(Fact, frozen=True, kw_only=True):
    """How a deployment will be rolled out, and who decided it; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-strategy.chosen.0.1.0"
    strategy: str
    default: str
    """The strategy that it would have had otherwise."""
    model: str = ""
    """The model or policy that chose it, with its version; empty if a person did."""
    features: tuple[str, ...] = ()
    """What of the history it used."""
    is_override: bool = False
    """Whether a person decided otherwise."""
    is_held_back: bool = False
    """Whether chance left it at the default, so that the model can be compared."""


class ImpactMeasured(Fact, frozen=True, kw_only=True):
    """What a deployment cost its users; subject: the deployment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-impact.measured.0.1.0"
    impact_ms: int
    """How long a user was impaired, summed over users and divided by their number."""
    is_false_rollback: bool | None = None
    """Whether it was taken back though nothing was wrong; `None` where it was not taken back."""


class CalibrationPublished(Fact, frozen=True, kw_only=True):
    """How often what was said to fail did fail; subject: the model."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-calibration.published.0.1.0"
    forecasts: int
