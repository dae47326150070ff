"""Answers that broke off after they had begun: Envoy counts them by how they began, users as failures.

Envoy writes a line for each into a file, naming the cluster; here the lines are counted. What was counted
long ago is folded into a sum, so that the file stays small however long a broken release serves.
"""

from collections import Counter
from pathlib import Path

import msgspec

from strandline.adapters.durable_files import write_durably

FLUSH_MS = 100
"""How long a line may stay in Envoy's memory."""
_FOLD_AT_BYTES = 1 << 20


class CutOffs:
    """Those of one Envoy, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "cut-off.log"
        """Where Envoy writes."""
        self._sums = folder / "cut-off.json"

    def begin(self) -> None:
        """Count anew: a new run of Envoy is about to start."""
        self.log.unlink(missing_ok=True)
        self._sums.unlink(missing_ok=True)

    def counts(self) -> Counter[str]:
        """Return how many answers broke off, by cluster."""
        return self._folded() + self._written()

    def fold(self) -> None:
        """Keep the file small: called by one at a time. A line written within this instant may be lost."""
        if self.log.exists() and self.log.stat().st_size > _FOLD_AT_BYTES:
            write_durably(self._sums, msgspec.json.encode(self.counts()))
            # Envoy appends: it goes on at the new end.
            with self.log.open("r+b") as file:
                file.truncate(0)

    def _folded(self) -> Counter[str]:
        try:
            return Counter(msgspec.json.decode(self._sums.read_bytes(), type=dict[str, int]))
        except FileNotFoundError:
            return Counter()

    def _written(self) -> Counter[str]:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return Counter()
        # What follows the last line break is a line that is still being written.
        return Counter(line for line in lines[:-1] if line)
