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
class SavedVersion:
    response: str
    item: str
    version: int
    number: int


@dataclass
class Ledger:
    """A list of acknowledged saves, which many respondents write at once."""

    acknowledged: list[SavedVersion] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lost(self, installation: Installation) -> list[SavedVersion]:
        """Returns acknowledged saves that the history does not contain exactly as acknowledged."""
        history = stored_entries(installation)
        return [entry for entry in self.acknowledged if entry not in history]

    def acknowledged_twice(self) -> list[SavedVersion]:
        """Returns versions that were acknowledged twice: one of the two acknowledgements is false."""
        counts = Counter((entry.response, entry.item, entry.version) for entry in self.acknowledged)
        return [
            saved_version
            for saved_version in self.acknowledged
            if counts[saved_version.response, saved_version.item, saved_version.version] > 1
        ]


def stored_entries(installation: Installation) -> set[SavedVersion]:
    return {
        SavedVersion(str(response).replace("-", ""), item, version, number)
        for response, item, version, number in installation.rows(HISTORY)
    }


def answers_with_gaps(history: set[SavedVersion]) -> list[tuple[str, str]]:
    """Returns answers whose versions are not 1, 2, 3 and so on."""
    versions: dict[tuple[str, str], list[int]] = {}
    for entry in history:
        versions.setdefault((entry.response, entry.item), []).append(entry.version)
    return [
        answer for answer, numbers in versions.items() if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]
