"""Tables of the answering side, one module for each subject.

All other folders of the answering side may import it. It imports the analysis for the types of its rows.
"""

from posture.models.benchmark import Benchmark, PublishedFigure
from posture.models.comparison import Comparison, QuotedBenchmark
from posture.models.document import Document
from posture.models.exploring import ReleasedCut, SavedView
from posture.models.release import Estimate, Pack, Release
from posture.models.setup import SetupCode
from posture.models.standing import OrganizationStanding
from posture.models.targets import TargetCount, TargetSet
from posture.models.token import ApiToken
from posture.models.wave_cohort import WaveCohort
from posture.models.weights import WeightDiagnostics

__all__ = [
    "ApiToken",
    "Benchmark",
    "Comparison",
    "Document",
    "Estimate",
    "OrganizationStanding",
    "Pack",
    "PublishedFigure",
    "QuotedBenchmark",
    "Release",
    "ReleasedCut",
    "SavedView",
    "SetupCode",
    "TargetCount",
    "TargetSet",
    "WaveCohort",
    "WeightDiagnostics",
]
