"""What every page and every answer of this room is given: the control plane, and who stands at the door."""

from dataclasses import dataclass

from strandline.bootstrap import App
from strandline.web.streams import Streams


@dataclass(frozen=True)
class Door:
    """The parts that the files of this room share."""

    app: App
    streams: Streams
    """The open live connections; closed before the server waits for its last answers."""
    user: str
    """Who runs the control plane: whoever uses its pages acts in this name."""
    form_token: str
    """Stands in every form of a page. Another site cannot read it, so it cannot make our forms."""

    @property
    def page_actor(self) -> str:
        """Whom an act from a page is recorded as."""
        return f"{self.user} (page)"
