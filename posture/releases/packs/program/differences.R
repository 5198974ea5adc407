# Verdicts of differences that are not from a published figure, each from its family. Part of verify.R.

endings <- c(rest = "_vs_rest", earlier_wave = "_change", outcome = "", zero = "")

check_differences <- function(rows, differences, pairs) {
  if (!nrow(differences)) return(invisible())
  numbers <- c("difference", "ci_low", "ci_high", "p_value", "p_adjusted", "family_size", "level")
  for (column in numbers) differences[[column]] <- as.numeric(differences[[column]])
  for (column in c("verdict", "reason")) differences[[column]][is.na(differences[[column]])] <- ""
  places <- setNames(seq_len(nrow(rows)), paste(rows$subject_kind, rows$subject, rows$statistic, rows$cohort))
  at <- function(statistic, cohort = differences$cohort) {
    unname(places[paste(differences$subject_kind, differences$subject, statistic, cohort)])
  }
  source <- rows[at(paste0(differences$statistic, endings[differences$compared_with])), ]
  bands <- pairs$pair[pairs$gap == "ordinal_time"]
  ranked <- at(ifelse(differences$compared_with == "zero" & differences$subject %in% bands, "gap_median", "none"))
  p <- ifelse(is.na(ranked), source$p_value, rows$p_value[ranked])
  names <- paste0(differences$subject, " ", differences$statistic, ", ", differences$compared_with, ", ",
                  differences$cohort)
  is_empty <- differences$reason %in% c("withheld", "break")
  holds("withheld rows", names[is_empty], is.na(differences$difference[is_empty]) & is.na(differences$p_value[is_empty]),
        "holds a number")
  known <- !is_empty
  same("differences", paste0(names, ", difference")[known], differences$difference[known], source$value[known])
  same("differences", paste0(names, ", ci_low")[known], differences$ci_low[known], source$ci_low[known])
  same("differences", paste0(names, ", ci_high")[known], differences$ci_high[known], source$ci_high[known])
  same("differences", paste0(names, ", p_value")[known], differences$p_value[known], p[known])

  is_tested <- known & differences$reason != "small_base" & !is.na(differences$p_value)
  family <- paste(differences$compared_with, ifelse(differences$compared_with == "rest", "", differences$cohort))
  size <- ave(as.numeric(is_tested), family, FUN = sum)
  adjusted <- rep(NA_real_, nrow(differences))
  for (one in unique(family)) {
    members <- which(family == one & is_tested)
    if (length(members)) {
      adjusted[members] <- p.adjust(differences$p_value[members], differences$correction[members][1])
    }
  }
  same("families", paste0(names, ", family_size"), differences$family_size, size)
  same("families", paste0(names, ", p_adjusted"), differences$p_adjusted, adjusted)

  base <- ifelse(is.na(source$effective_base), source$base, source$effective_base)
  degrees <- ifelse(is_tested & base > 1, base - 1, NA)
  reach <- qt(differences$level, degrees) * source$se
  is_within <- differences$compared_with != "zero" & !is.na(differences$unit) & differences$unit == "points" &
    !is.na(reach) & reach > 0 & abs(differences$difference) + reach < 100 * margin_of_sameness
  verdict <- ifelse(adjusted <= 1 - differences$level, ifelse(differences$difference > 0, "higher", "lower"),
                    ifelse(differences$p_value <= 1 - differences$level, "not_clear_together",
                           ifelse(is_within, "about_the_same", "no_clear_difference")))
  holds("verdicts", names[is_tested], (differences$verdict == verdict)[is_tested], "another verdict follows")
  holds("verdicts", names[!is_tested], (differences$verdict == "")[!is_tested], "a verdict without a test")

  own <- rows[at(differences$statistic), ]
  total <- rows[at(differences$statistic, "all"), ]
  here <- ifelse(is.na(own$effective_base), own$base, own$effective_base)
  smaller <- ifelse(differences$compared_with == "rest", pmin(here, total$base - own$base), source$base)
  is_small <- differences$reason == "small_base" & differences$compared_with != "earlier_wave"
  holds("verdicts", names[is_small], (smaller < smallest_base)[is_small], "its base is not small")
}
