"""Reasons why a number of a release is not shown exactly. The rule that decides it records the reason. A reason is
never stored with a number. It would distinguish a base below the threshold from an empty one. It would also
distinguish a number that is hidden for its own answers from one that is hidden to protect another."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a number is not shown exactly: the first rule that applied."""

    THRESHOLD = "threshold"
    COMPLEMENT = "complement"
    DOMINANCE = "dominance"
    FEW_PUBLISHABLE = "few_told"  # as stored with releases
    EXTREMES = "extremes"
    BESIDE_FEW = "beside_few"
    FOLLOWS = "follows"
    NEEDS = "needs"
    AUDIT_GROUPS = "audit_groups"
    AUDIT_NUMBERS = "audit_numbers"
    BAND = "band"
    NOT_IN_BOTH = "not_in_both"


SENTENCES = {
    Reason.THRESHOLD: "Its base is below the threshold or empty.",
    Reason.COMPLEMENT: "With other published numbers it would describe fewer organisations than the threshold.",
    Reason.DOMINANCE: "One organisation carries more than 25 % of the weight of its base, or two more than 50 %.",
    Reason.FEW_PUBLISHABLE: "The base that could be shown, without a few organisations, is below the threshold.",
    Reason.EXTREMES: "Its count is within three of nobody or of everybody.",
    Reason.BESIDE_FEW: "Its base includes a few whose number may not be shown; the count of the others is exact.",
    Reason.FOLLOWS: "An exact value would let a number follow that may not be shown exactly.",
    Reason.NEEDS: "It would reveal another number that is not shown exactly.",
    Reason.AUDIT_GROUPS: "The audit found that a group below the threshold follows from it.",
    Reason.AUDIT_NUMBERS: "The audit found that a number that may not be shown exactly follows from it.",
    Reason.BAND: "This kind of number is always shown as a band.",
    Reason.NOT_IN_BOTH: "A number that it compares is not shown exactly.",
}


class PublicReason(StrEnum):
    """The reason that a reader may know. It does not distinguish a number that is hidden for its own base from one
    that is hidden beside it: two hidden cohorts of 18 organisations, both known to be below 10, have nine each."""

    ORGANIZATIONS = "organizations"
    ANSWERS = "answers"
    BESIDE_FEW = "beside_few"
    BAND = "band"
    COMPARED = "compared"


PUBLIC = {
    Reason.THRESHOLD: PublicReason.ORGANIZATIONS,
    Reason.COMPLEMENT: PublicReason.ORGANIZATIONS,
    Reason.DOMINANCE: PublicReason.ORGANIZATIONS,
    Reason.FEW_PUBLISHABLE: PublicReason.ORGANIZATIONS,
    Reason.AUDIT_GROUPS: PublicReason.ORGANIZATIONS,
    Reason.EXTREMES: PublicReason.ANSWERS,
    Reason.BESIDE_FEW: PublicReason.BESIDE_FEW,
    Reason.FOLLOWS: PublicReason.ANSWERS,
    Reason.NEEDS: PublicReason.ANSWERS,
    Reason.AUDIT_NUMBERS: PublicReason.ANSWERS,
    Reason.BAND: PublicReason.BAND,
    Reason.NOT_IN_BOTH: PublicReason.COMPARED,
}
