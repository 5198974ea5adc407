"""Codes the synthetic respondents of the validation set, as its README describes."""

import pandas as pd

Series = pd.Series
REALITY = ("q_monitoring", "q_approval", "q_identity", "q_logging")
NO_ANSWER = ("", "na", "blank")
SMALLEST_ANSWERED = 3


def coded(respondents: pd.DataFrame) -> pd.DataFrame:
    """The indicators of respondents, NaN for respondents outside the base. respondents: as read from the file, all
    texts."""
    frame = pd.DataFrame(index=respondents.index)
    for name, (question, yes, keeps_dont_know) in YES_NO.items():
        frame[name] = _yes_no(respondents[question], yes, keeps_dont_know=keeps_dont_know)
    frame["conf_score"] = _confidence(respondents["q_conf"])
    parts = pd.DataFrame({"q_visibility": _values(respondents["q_visibility"], VISIBILITY)})
    for question in REALITY:
        parts[question] = _values(respondents[question], {"yes": 1.0, "no": 0.0, "dk": 0.0})
    frame["reality_items"] = parts.notna().sum(axis=1)
    enough = frame["reality_items"] >= SMALLEST_ANSWERED
    frame["reality_index"] = (100 * parts.mean(axis=1)).where(enough)
    frame["gap"] = frame["conf_score"] - frame["reality_index"]
    return frame


def by_organization(respondents: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Plain means over the respondents of each organisation."""
    table = respondents[["org_id", "role"]].join(indicators[["conf_score", "reality_index"]])
    executives = table["role"] == "executive"
    grouped = pd.DataFrame(
        {
            "n_resp": table.groupby("org_id").size(),
            "C_all": table.groupby("org_id")["conf_score"].mean(),
            "R_all": table.groupby("org_id")["reality_index"].mean(),
            "C_exec": table[executives].groupby("org_id")["conf_score"].mean(),
            "R_other": table[~executives].groupby("org_id")["reality_index"].mean(),
        }
    )
    grouped["gap_all"] = grouped["C_all"] - grouped["R_all"]
    grouped["gap_role"] = grouped["C_exec"] - grouped["R_other"]
    grouped["confident"] = (grouped["C_all"] >= CONFIDENT_FROM).where(grouped["C_all"].notna()).astype(float)
    grouped["controlled"] = (
        (grouped["R_all"] >= CONTROLLED_FROM).where(grouped["R_all"].notna()).astype(float)
    )
    return grouped


CONFIDENT_FROM, CONTROLLED_FROM = 62.5, 50
VISIBILITY = {"full": 1.0, "partial": 0.5, "none": 0.0, "dk": 0.0}
HIGH = ("4", "5")
YES_NO: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "policy_yes": ("q_policy", ("yes",), True),
    "policy_yes_exdk": ("q_policy", ("yes",), False),
    "conf_top2": ("q_conf", HIGH, True),
    "conf_top2_exdk": ("q_conf", HIGH, False),
    "visibility_full": ("q_visibility", ("full",), True),
    "incident_any": ("q_incident", ("confirmed", "suspected"), True),
    "incident_any_exdk": ("q_incident", ("confirmed", "suspected"), False),
    "incident_confirmed": ("q_incident", ("confirmed",), True),
    "expect_yes": ("q_expect", ("yes",), True),
}


def _yes_no(answers: Series, yes: tuple[str, ...], *, keeps_dont_know: bool) -> Series:
    coded = answers.isin(yes).astype(float)
    out = answers.isin(NO_ANSWER) if keeps_dont_know else answers.isin((*NO_ANSWER, "dk"))
    return coded.mask(out)


def _values(answers: Series, values: dict[str, float]) -> Series:
    return answers.map(values)


def _confidence(answers: Series) -> Series:
    return (pd.to_numeric(answers, errors="coerce") - 1) / 4 * 100
