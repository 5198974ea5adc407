"""Records acknowledged saves and compares them with the stored history. The whole history counts, not only the last
value."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.faults.harness.installation import Installation

HISTORY = """
SELECT response.public_id, item.code, version.version, version.number
FROM surveys_answerversion version
JOIN surveys_response response ON response.id = version.response_id
JOIN surveys_item item ON item.id = version.item_id
WHERE NOT version.is_refused
"""


@dataclass(frozen=True)
class Entry:
    response: str
    item: str
    version: int
    number: int


@dataclass
class Ledger:
    """A list of acknowledged saves, which many respondents write at once."""

    acknowledged: list[Entry] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lost(self, installation: Installation) -> list[Entry]:
        """Returns acknowledged saves that the history does not contain exactly as acknowledged."""
        history = stored(installation)
        return [entry for entry in self.acknowledged if entry not in history]

    def twice(self) -> list[Entry]:
        """Returns versions that were acknowledged twice: one of the two acknowledgements is false."""
        told = Counter((entry.response, entry.item, entry.version) for entry in self.acknowledged)
        return [one for one in self.acknowledged if told[one.response, one.item, one.version] > 1]


def stored(installation: Installation) -> set[Entry]:
    return {
        Entry(str(response).replace("-", ""), item, version, number)
        for response, item, version, number in installation.rows(HISTORY)
    }


def gaps(history: set[Entry]) -> list[tuple[str, str]]:
    """Returns answers whose versions are not 1, 2, 3 and so on."""
    versions: dict[tuple[str, str], list[int]] = {}
    for entry in history:
        versions.setdefault((entry.response, entry.item), []).append(entry.version)
    return [answer for answer, found in versions.items() if sorted(found) != list(range(1, len(found) + 1))]
