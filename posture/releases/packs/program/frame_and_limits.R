# What verify.R derives of limits of all organisations, of design effects, and of numbers that are corrected for the size
# of the frame.

printed_design_effect <- 0.005

places_of <- function(rows) {
  setNames(seq_len(nrow(rows)),
           paste(rows$subject_kind, rows$subject, rows$statistic, ifelse(is.na(rows$option), "", rows$option),
                 rows$cohort, sep = "|"))
}

place <- function(places, rows, statistic = rows$statistic, cohort = rows$cohort) {
  unname(places[paste(rows$subject_kind, rows$subject, statistic, ifelse(is.na(rows$option), "", rows$option), cohort,
                      sep = "|")])
}

# They enclose the limits of those who answered.
check_limits_of_all <- function(rows) {
  of_all <- rows[endsWith(rows$statistic, "_possible_of_all") & !is.na(rows$value), ]
  if (!nrow(of_all)) return(invisible())
  answered <- rows[place(places_of(rows), of_all, sub("_of_all$", "", of_all$statistic)), ]
  is_low <- startsWith(of_all$statistic, "lowest")
  encloses <- ifelse(is_low, of_all$value <= answered$value + exact, of_all$value >= answered$value - exact)
  holds("limits of all organisations", of_all$name, is.na(encloses) | encloses, "inside the limits of those who answered")
}

# The effective base is base - 1 over the design effect, rounded down, and never above the base.
check_design_effects <- function(rows) {
  told <- rows[!is.na(rows$design_effect), ]
  if (!nrow(told)) return(invisible())
  slight <- told$design_effect <= printed_design_effect
  most <- ifelse(slight, told$base, (told$base - 1) / (told$design_effect - printed_design_effect))
  least <- pmin(told$base, floor((told$base - 1) / (told$design_effect + printed_design_effect)))
  effective <- pmax(1, told$effective_base)
  agrees <- least <= effective & effective <= pmax(1, pmin(told$base, most))
  holds("design effects", told$name, agrees, "another effective base")
}

corrected_base <- function(base, fraction) {
  population <- base / fraction
  ifelse(fraction == 1, Inf, base * (population - 1) / (population - base))
}

# No effective base: the whole frame answered, so nothing is uncertain.
check_corrected_shares <- function(rows) {
  shares <- rows[rows$method == "wilson_fpc" & !is.na(rows$value), ]
  if (!nrow(shares)) return(invisible())
  base <- shares$effective_base
  limits <- wilson(shares$value * base, base, z_of(shares$level))
  limits[is.na(base), ] <- shares$value[is.na(base)]
  same_limits("intervals of shares of a frame", shares, limits)
  se <- ifelse(is.na(base), 0, sqrt(pmax(0, shares$value * (1 - shares$value)) / base))
  known <- !is.na(shares$se)
  same("standard errors of shares of a frame", paste0(shares$name[known], rep(", se", sum(known))), shares$se[known],
       se[known])
}

# From base and size of the frame, with the sampling fraction of the same number of all organisations.
check_corrected_bases <- function(rows, population) {
  corrected <- rows[rows$method %in% c("wilson_fpc", "tango_fpc") & !is.na(rows$base), ]
  if (!nrow(corrected)) return(invisible())
  everybody <- rows[place(places_of(rows), corrected, cohort = "all"), ]
  found <- corrected_base(corrected$base, everybody$base / population)
  found[is.infinite(found)] <- NA
  same("effective bases of a frame", paste0(corrected$name, ", effective_base"), corrected$effective_base, found)
}

check_corrected_pair <- function(gap, counts) {
  if (is.na(gap$effective_base)) {
    return(same_limits("intervals of paired shares of a frame", gap, rbind(c(gap$value, gap$value)), by_search))
  }
  times <- gap$effective_base / gap$base
  limits <- 100 * tango(times * counts[1], times * counts[2], gap$effective_base, z_of(gap$level))
  same_limits("intervals of paired shares of a frame", gap, rbind(limits), by_search)
  same("p-values of differences", paste0(gap$name, ", p_value"), gap$p_value, mcnemar_midp(counts[1], counts[2]), by_search)
}

# A cohort against everybody else, each with its corrected base.
check_corrected_rest <- function(rows, population) {
  places <- places_of(rows)
  for (number in which(rows$method == "newcombe_fpc" & !is.na(rows$value))) {
    row <- rows[number, ]
    plain <- sub("_vs_rest$", "", row$statistic)
    own <- rows[place(places, row, plain), ]
    total <- rows[place(places, row, plain, "all"), ]
    rest <- total$base - own$base
    here <- own$value
    there <- (total$value * total$base - here * own$base) / rest
    bases <- corrected_base(c(own$base, rest), rep(total$base / population, 2))
    same("differences from the rest of a frame", paste0(row$name, ", value"), row$value, 100 * (here - there))
    if (is.infinite(bases[1])) next
    limits <- function(level) newcombe(here, bases[1], there, bases[2], z_of(level))
    same_limits("differences from the rest of a frame", row, rbind(100 * limits(row$level)))
    same("p-values of differences", paste0(row$name, ", p_value"), row$p_value, p_by_level(limits, here > there),
         by_search)
  }
}

# Means and gaps of a cohort against everybody else: Welch's variance with the correction, his degrees of freedom without
# it.
check_corrected_means_against_rest <- function(rows, population) {
  places <- places_of(rows)
  for (number in which(rows$method == "contrast_fpc" & endsWith(rows$statistic, "_vs_rest") & !is.na(rows$value))) {
    row <- rows[number, ]
    plain <- sub("_vs_rest$", "", row$statistic)
    own <- rows[place(places, row, plain), ]
    total <- rows[place(places, row, plain, "all"), ]
    fraction <- total$base / population
    found <- welch(own, total, c(left_of_variance(own, fraction), left_of_variance(total, fraction)))
    found[2] <- if (fraction == 1) 0 else found[2] * sqrt(1 - fraction)
    told <- if (fraction == 1) 1:2 else 1:3
    same("differences from the rest of a frame", paste0(row$name, c(", value", ", se", ", degrees"))[told],
         c(row$value, row$se, degrees(row))[told], found[told], by_search)
  }
}

# The part that the correction leaves; 1 also where it leaves nothing, because nothing stays nothing.
left_of_variance <- function(row, fraction) {
  if (fraction == 1 || !endsWith(row$method, "_fpc")) return(1)
  if (row$method == "tango_fpc") row$base / corrected_base(row$base, fraction) else 1 - fraction
}
