"""Numbers the unknowns of a release, every count in every cohort, for linear algebra."""

from collections.abc import Sequence

from posture.analysis.answers.wave_data import Cohort


class Unknowns:
    """The unknowns: the cohorts of the first count, then those of the second. columns: the position of a cohort among
    the cohorts of a count, by its slug."""

    def __init__(self, cohorts: Sequence[Cohort]) -> None:
        self.cohorts = list(cohorts)
        self.columns = {cohort.slug: column for column, cohort in enumerate(self.cohorts)}

    def place(self, count: int, cohort: str) -> int:
        """The position of a count in a cohort. Raises KeyError for a cohort that the release does not have."""
        return self.place_at(count, self.columns[cohort])

    def place_at(self, count: int, column: int) -> int:
        return count * len(self.cohorts) + column

    def count_and_column(self, place: int) -> tuple[int, int]:
        return divmod(place, len(self.cohorts))
