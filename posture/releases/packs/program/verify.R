# Derives the published derived numbers of this release again from the released ones and prints every disagreement.
#
#     Rscript verify.R [FOLDER]
#
# Base R, nothing else. FOLDER is the unpacked file, the current one unless said otherwise.
# Exit code 0: nothing disagrees; 1: something does. What each formula is stands on the page "Methods".

exact <- 1e-9
by_search <- 1e-6
smallest_base <- 30
widest <- 0.30
margin_of_sameness <- 0.10
largest_tipping_base <- 1e6
contrasts_of_means <- c("contrast", "contrast_jackknife", "contrast_fpc")
differences <- c(contrasts_of_means, "paired_t")
yes_or_no <- c("binary", "binary_derived", "informant")
types <- c("over", "under", "aligned", "no_evidence")
printed <- c(share = 0.01, percent = 1, points = 1, bands = 0.1, count = 1)

derived <- integer(0)
disagreements <- character(0)

count <- function(kind, n = 1L) {
  known <- if (kind %in% names(derived)) derived[[kind]] else 0L
  derived[[kind]] <<- known + n
}

disagree <- function(what) disagreements <<- c(disagreements, what)

# Both missing agree; numbers agree within the tolerance, relative or absolute.
same <- function(kind, names, published, found, tolerance = exact) {
  count(kind, length(names))
  near <- abs(published - found) <= tolerance * pmax(1, abs(published), abs(found))
  agree <- (is.na(published) & is.na(found)) | (!is.na(near) & near)
  for (place in which(!agree)) {
    disagree(paste0(names[place], ": published ", format(published[place], digits = 15),
                    ", derived ", format(found[place], digits = 15)))
  }
}

holds <- function(kind, names, is_true, what) {
  count(kind, length(names))
  for (place in which(!is_true)) disagree(paste0(names[place], ": ", what))
}

read_table <- function(folder, name) {
  read.csv(file.path(folder, name), colClasses = "character", na.strings = "", check.names = FALSE,
           encoding = "UTF-8")
}

# Rows as a list of columns, because a selection from a data frame takes ten times as long.
pick <- function(columns, places) lapply(columns, `[`, places)

z_of <- function(level) qnorm((1 + level) / 2)

wilson <- function(successes, base, z) {
  share <- successes / base
  spread <- share * (1 - share)
  spread[spread < 0] <- 0
  middle <- share + z^2 / (2 * base)
  reach <- z * sqrt(spread / base + z^2 / (4 * base^2))
  stretch <- 1 + z^2 / base
  low <- (middle - reach) / stretch
  high <- (middle + reach) / stretch
  low[low < 0 | successes <= 0] <- 0
  high[high > 1 | successes >= base] <- 1
  cbind(low, high)
}

tango <- function(first_only, second_only, base, z) {
  difference <- (first_only - second_only) / base
  score <- function(delta) {
    linear <- -first_only - second_only + (2 * base - first_only + second_only) * delta
    constant <- -second_only * delta * (1 - delta)
    second <- (sqrt(max(0, linear^2 - 8 * base * constant)) - linear) / (4 * base)
    variance <- base * (2 * second + delta * (1 - delta))
    distance <- first_only - second_only - base * delta
    if (variance <= 0) return(if (abs(distance) < 1e-12) 0 else sign(distance) * Inf)
    distance / sqrt(variance)
  }
  bounded <- function(value) max(-1e6, min(1e6, value))
  nearly <- 1 - 1e-12
  root <- function(excess, from, to) uniroot(function(delta) bounded(excess(delta)), c(from, to), tol = 1e-12)$root
  low <- if (difference == -1 || score(-nearly) <= z) -1 else root(function(delta) score(delta) - z, -nearly, difference)
  high <- if (difference == 1 || score(nearly) >= -z) 1 else root(function(delta) score(delta) + z, difference, nearly)
  c(low, high)
}

# The released table

check_rows <- function(rows, threshold) {
  is_hidden <- rows$status == "suppressed"
  hidden <- rows[is_hidden, ]
  numbers <- c("base", "weighted_base", "effective_base", "design_effect", "value", "unweighted_value", "se", "ci_low", "ci_high",
               "p_value", "bound")
  is_empty <- rowSums(!is.na(as.matrix(hidden[, numbers]))) == 0
  holds("withheld rows are empty", hidden$name, is_empty, "withheld, and not empty")
  shown <- rows[!is_hidden, ]
  holds("bases reach the threshold", shown$name, shown$base >= threshold, "base below the threshold")
  with_interval <- shown[!is.na(shown$ci_low), ]
  is_inside <- with_interval$ci_low - exact <= with_interval$value & with_interval$value <= with_interval$ci_high + exact
  holds("values lie in their intervals", with_interval$name, is_inside, "value outside its interval")
}

# In a weighted release interval and p-value follow from the printed value, standard error and effective base.
check_intervals <- function(rows) {
  exactly <- rows[rows$status == "published" & is.na(rows$bound) & !is.na(rows$value), ]
  shares <- exactly[exactly$method == "wilson", ]
  counts <- shares$value * shares$base
  holds("shares are counts of their base", shares$name, abs(counts - round(counts)) < 1e-6, "no count of its base")
  with_error <- shares[!is.na(shares$se), ]
  same("standard errors of shares", paste0(with_error$name, rep(", se", nrow(with_error))), with_error$se,
       sqrt(pmax(0, with_error$value * (1 - with_error$value)) / with_error$base))
  same_limits("intervals of shares", shares, wilson(counts, shares$base, z_of(shares$level)))
  with_se <- exactly[!is.na(exactly$se) & exactly$se != 0, ]
  weighted <- with_se[with_se$method == "wilson_jackknife", ]
  same_limits("intervals of weighted shares", weighted,
              wilson(weighted$value * weighted$effective_base, weighted$effective_base, t_of(weighted)))
  means <- with_se[with_se$method %in% c("t", "t_jackknife", "t_fpc", differences), ]
  reach <- t_of(means) * means$se
  lowest <- c(percent = 0, score = 0, points = -100)[means$unit]
  highest <- c(percent = 100, score = 100, points = 100)[means$unit]
  is_whole <- means$method %in% differences & means$ci_low != lowest & means$ci_high != highest
  lowest[is_whole] <- NA
  highest[is_whole] <- NA
  same_limits("intervals of means and their differences", means,
              cbind(pmax(means$value - reach, lowest, na.rm = TRUE), pmin(means$value + reach, highest, na.rm = TRUE)))
  gaps <- means[!is.na(means$p_value), ]
  same("p-values of differences", paste0(gaps$name, rep(", p_value", nrow(gaps))), gaps$p_value,
       2 * pt(-abs(gaps$value / gaps$se), degrees(gaps)), by_search)
}

newcombe <- function(share1, base1, share2, base2, z) {
  first <- wilson(share1 * base1, base1, z)
  second <- wilson(share2 * base2, base2, z)
  difference <- share1 - share2
  c(difference - sqrt((share1 - first[1])^2 + (second[2] - share2)^2),
    difference + sqrt((first[2] - share1)^2 + (share2 - second[1])^2))
}

# A cohort against everybody else: the total less the cohort.
check_rest <- function(rows) {
  keyed <- setNames(seq_len(nrow(rows)), paste(rows$subject_kind, rows$subject, rows$statistic, rows$cohort))
  of_rest <- rows[endsWith(rows$statistic, "_vs_rest") & !is.na(rows$value), ]
  plain <- paste(of_rest$subject_kind, of_rest$subject, sub("_vs_rest$", "", of_rest$statistic))
  here <- rows[keyed[paste(plain, of_rest$cohort)], ]
  everywhere <- rows[keyed[paste(plain, "all")], ]
  for (number in seq_len(nrow(of_rest))) {
    row <- pick(of_rest, number)
    own <- pick(here, number)
    total <- pick(everywhere, number)
    if (row$method == "contrast" && !is.na(row$effective_base)) check_welch(row, own, total)
    if (row$method != "newcombe") next
    rest <- total$base - own$base
    share <- round(own$value * own$base) / own$base
    there <- (round(total$value * total$base) - round(own$value * own$base)) / rest
    same("differences from the rest", paste0(row$name, ", value"), row$value, 100 * (share - there))
    limits <- function(level) newcombe(share, own$base, there, rest, z_of(level))
    same_limits("differences from the rest", row, rbind(100 * limits(row$level)))
    same("differences from the rest", paste0(row$name, ", p_value"), row$p_value, p_by_level(limits, share > there),
         by_search)
  }
}

# Of Student's t: those of Welch where groups of unequal spread are compared, else the base less one.
degrees <- function(rows) {
  ifelse(rows$method %in% contrasts_of_means & !is.na(rows$effective_base), rows$effective_base, rows$base) - 1
}

t_of <- function(rows) qt((1 + rows$level) / 2, degrees(rows))

# Of releases since methods 1.1, whose differences of means have an effective base.
check_welch <- function(row, own, total) {
  same("differences from the rest", paste0(row$name, c(", value", ", se", ", degrees")),
       c(row$value, row$se, degrees(row)), welch(own, total), by_search)
}

# The cohort and the total less the cohort: difference, standard error, degrees of freedom. The standard error of a paired
# share has the base in its denominator, that of a mean the base less one. left: the parts of both variances that a
# correction for the size of the frame leaves.
welch <- function(own, total, left = c(1, 1)) {
  squares <- function(one, part) {
    one$se^2 / part * one$base * (one$base - ifelse(startsWith(one$method, "tango"), 0, 1))
  }
  rest <- total$base - own$base
  there <- (total$base * total$value - own$base * own$value) / rest
  here <- squares(own, left[1])
  others <- squares(total, left[2]) - here - own$base * (own$value - total$value)^2 - rest * (there - total$value)^2
  variances <- c(here / (own$base * (own$base - 1)), others / (rest * (rest - 1)))
  df <- sum(variances)^2 / sum(variances^2 / (c(own$base, rest) - 1))
  c(own$value - there, sqrt(sum(variances)), df)
}

same_limits <- function(kind, rows, limits, tolerance = exact) {
  if (!length(rows$name)) return(invisible())
  same(kind, paste0(rows$name, ", ci_low"), rows$ci_low, unname(limits[, 1]), tolerance)
  same(kind, paste0(rows$name, ", ci_high"), rows$ci_high, unname(limits[, 2]), tolerance)
}

check_pairs <- function(rows, pairs) {
  shown <- rows[rows$subject_kind == "pair" & rows$status == "published" & is.na(rows$bound), ]
  places <- setNames(seq_len(nrow(shown)), paste(shown$subject, shown$statistic, shown$cohort))
  for (number in seq_len(nrow(pairs))) {
    pair <- pairs[number, ]
    for (cohort in unique(shown$cohort[shown$subject == pair$pair])) {
      of <- function(...) pick(shown, places[paste(pair$pair, c(...), cohort)])
      check_gap(pair$gap, of("belief", "evidence"), of("gap"))
      check_sides(pair$gap, of("gap_over", "gap_under"), of("gap"))
      check_types(of(types))
    }
  }
}

# Half of the last printed place of each, in percent or bands; nothing where they are printed exactly.
slack <- function(rows) {
  unit <- rows$unit[endsWith(rows$method, "_jackknife")]
  sum(printed[unit] * ifelse(unit == "share", 100, 1) / 2)
}

# The gap is the difference of its halves, because all three rest on the same organisations.
check_gap <- function(kind, halves, gap) {
  if (anyNA(halves$value) || is.na(gap$value)) return(invisible())
  difference <- halves$value[1] - halves$value[2]
  if (kind %in% yes_or_no) difference <- 100 * difference
  if (kind %in% c("informant", "ordinal_time")) difference <- -difference
  holds("gaps are differences of their halves", gap$name,
        abs(gap$value - difference) <= slack(halves) + slack(gap) + 1e-6, paste("derived", difference))
}

# On yes-or-no pairs the gap is over minus under, and its interval and p-value follow from both.
check_sides <- function(kind, sides, gap) {
  if (!(kind %in% yes_or_no) || anyNA(sides$value) || is.na(gap$value)) return(invisible())
  net <- 100 * (sides$value[1] - sides$value[2])
  holds("net gaps follow from over and under", gap$name,
        abs(gap$value - net) <= slack(sides) + slack(gap) + 1e-6, paste("derived", net))
  counts <- round(sides$value * gap$base)
  if (gap$method == "tango_fpc") check_corrected_pair(gap, counts)
  if (gap$method != "tango") return(invisible())
  same_limits("intervals of paired shares", gap, rbind(100 * tango(counts[1], counts[2], gap$base, z_of(gap$level))),
              by_search)
  same("p-values of differences", paste0(gap$name, ", p_value"), gap$p_value, mcnemar_midp(counts[1], counts[2]), by_search)
}

mcnemar_midp <- function(first_only, second_only) {
  n <- first_only + second_only
  smaller <- min(first_only, second_only)
  if (n == 0) return(1)
  if (first_only == second_only) return(1 - dbinom(smaller, n, 0.5) / 2)
  2 * pbinom(smaller, n, 0.5) - dbinom(smaller, n, 0.5)
}

check_types <- function(found) {
  if (anyNA(found$value)) return(invisible())
  together <- 100 * sum(found$value)
  holds("types add up to everybody", found$name[1], abs(together - 100) <= 2 * slack(found) + 1e-6,
        paste(together, "percent together"))
}

# Against published figures

difference_interval <- function(share, base, figure, assumed_base, level) {
  z <- z_of(level)
  ours <- wilson(share * base, base, z)
  theirs <- if (is.na(assumed_base)) c(figure$share, figure$share) else wilson(figure$share * assumed_base, assumed_base, z)
  difference <- share - figure$share
  c(difference - sqrt((share - ours[1])^2 + (theirs[2] - figure$share)^2) - figure$rounding,
    difference + sqrt((ours[2] - share)^2 + (figure$share - theirs[1])^2) + figure$rounding)
}

tipping_base <- function(share, base, figure, level) {
  clear <- function(assumed) {
    limits <- difference_interval(share, base, figure, assumed, level)
    limits[1] > 0 || limits[2] < 0
  }
  high <- 1
  while (!clear(high)) {
    high <- 2 * high
    if (high > largest_tipping_base) return(NA)
  }
  low <- high %/% 2
  while (high - low > 1) {
    middle <- (low + high) %/% 2
    if (clear(middle)) high <- middle else low <- middle
  }
  high
}

p_value <- function(share, base, figure) {
  p_by_level(function(level) difference_interval(share, base, figure, figure$n, level), share > figure$share)
}

# One minus the level at which the interval of the difference touches zero.
p_by_level <- function(interval, is_higher) {
  reach <- function(level) {
    limits <- interval(level)
    if (is_higher) limits[1] else -limits[2]
  }
  if (reach(1e-9) <= 0) return(1)
  if (reach(1 - 1e-12) > 0) return(1e-12)
  1 - uniroot(reach, c(1e-9, 1 - 1e-12), tol = 1e-13)$root
}

reproduction <- function(share, figure) {
  if (figure$at_most) return(if (share <= figure$share) "reproduced" else "not_reproduced")
  distance <- share - figure$share
  if (-figure$rounding - exact <= distance && distance < figure$rounding + exact) return("reproduced")
  is_cut <- (0 <= distance && distance < 2 * figure$rounding) || abs(distance) <= exact
  if (is_cut) "reproduced_cut" else "not_reproduced"
}

# The verdict, the interval of the difference, and whether it is within the margin.
judged <- function(share, base, figure, level) {
  limits <- difference_interval(share, base, figure, figure$n, level)
  near <- difference_interval(share, base, figure, figure$n, 2 * level - 1)
  within <- near[1] > -margin_of_sameness && near[2] < margin_of_sameness
  outcome <- if (limits[1] > 0) "higher" else if (limits[2] < 0) "lower" else
    if (within) "about_the_same" else "no_clear_difference"
  list(outcome = outcome, limits = limits, within = within)
}

# possible: the lowest and the highest share that silence allows, missing where they are withheld.
compared <- function(row, figure, closeness, possible, much_nonresponse) {
  result <- function(outcome, difference = NA, low = NA, high = NA, p = NA, tipping = NA, within = FALSE,
                     flips = FALSE) {
    list(outcome = outcome, difference = difference, low = low, high = high, p = p, tipping = tipping,
         within = within, flips = flips)
  }
  if (is.na(row$value)) return(result("withheld"))
  base <- if (is.na(row$effective_base)) row$base else row$effective_base
  per_share <- if (row$unit == "percent") 100 else 1
  share <- row$value / per_share
  difference <- share - figure$share
  if (closeness == "same_data") return(result(reproduction(share, figure), difference))
  if (closeness != "close" || figure$disputed) return(result("not_like_for_like", difference))
  if (figure$is_mean) return(result("spread_unknown", difference))
  ours <- wilson(share * base, base, z_of(row$level))
  if (base < smallest_base || ours[2] - ours[1] >= widest) return(result("small_base", difference))
  if (much_nonresponse) return(result("much_nonresponse", difference))
  found <- judged(share, base, figure, row$level)
  is_clear <- found$outcome %in% c("higher", "lower")
  tipping <- if (is_clear && is.na(figure$n)) tipping_base(share, base, figure, row$level) else NA
  others <- if (anyNA(possible)) character(0) else
    vapply(possible / per_share, function(end) judged(end, base, figure, row$level)$outcome, "")
  flips <- found$outcome != "no_clear_difference" && any(others != found$outcome)
  result(found$outcome, difference, found$limits[1], found$limits[2], p_value(share, base, figure), tipping,
         found$within && is_clear, flips)
}

check_possible <- function(rows) {
  limits <- rows[rows$method == "possible" & !is.na(rows$value), ]
  statistic <- ifelse(limits$unit == "percent", "mean", "share")
  own <- rows[match(paste(limits$subject_kind, limits$subject, statistic, limits$cohort),
                    paste(rows$subject_kind, rows$subject, rows$statistic, rows$cohort)), ]
  room <- ifelse(endsWith(own$method, "_jackknife"), printed[own$unit] / 2, 0) + exact
  is_inside <- ifelse(startsWith(limits$statistic, "lowest_possible"), limits$value <= own$value + room,
                      limits$value >= own$value - room)
  known <- !is.na(own$value)
  holds("lowest and highest possible", limits$name[known], is_inside[known], "not beyond the value")
}

# A share that is told as a range is compared at both of its ends; what is said at both is said of the range, with the
# smaller difference and the larger p.
over_range <- function(row, figure, closeness, possible, much_nonresponse) {
  if (is.na(row$bound)) return(compared(row, figure, closeness, possible, much_nonresponse))
  least <- most <- row
  if (row$bound == "at_most") least$value <- 0 else most$value <- if (row$unit == "percent") 100 else 1
  least <- compared(least, figure, closeness, possible, much_nonresponse)
  most <- compared(most, figure, closeness, possible, much_nonresponse)
  if (least$outcome != most$outcome) {
    return(list(outcome = "told_as_range", difference = NA, low = NA, high = NA, p = NA, tipping = NA,
                within = FALSE, flips = FALSE))
  }
  nearer <- if (abs(most$difference) < abs(least$difference)) most else least
  nearer$p <- if (is.na(least$p) && is.na(most$p)) NA else max(least$p, most$p, na.rm = TRUE)
  nearer$within <- least$within && most$within
  nearer
}

check_comparisons <- function(rows, comparisons, figures, items) {
  places <- setNames(seq_len(nrow(rows)), paste(rows$subject_kind, rows$subject, rows$statistic, rows$cohort))
  keyed <- function(kind, subject, statistic, cohort) places[paste(kind, subject, statistic, cohort)]
  for (family in split(comparisons, factor(comparisons$cohort, unique(comparisons$cohort)))) {
    share <- keyed("indicator", family$indicator, "share", family$cohort)
    own <- ifelse(is.na(share), keyed("indicator", family$indicator, "mean", family$cohort), share)
    left_open <- rows[keyed("item", items[family$indicator], "nonresponse", family$cohort), ]
    much <- !is.na(left_open$bound) & left_open$bound == "at_least" & left_open$value == 0.3
    lowest <- rows$value[keyed("indicator", family$indicator, "lowest_possible", family$cohort)]
    highest <- rows$value[keyed("indicator", family$indicator, "highest_possible", family$cohort)]
    ours <- rows[own, c("value", "base", "effective_base", "unit", "level", "bound")]
    theirs <- figures[match(family$benchmark, figures$code), ]
    judgements <- lapply(seq_len(nrow(family)), function(number) {
      possible <- c(lowest[number], highest[number])
      over_range(pick(ours, number), pick(theirs, number), family$closeness[number], possible, much[number])
    })
    columns <- setNames(nm = names(judgements[[1]]))
    found <- data.frame(lapply(columns, function(name) unlist(lapply(judgements, `[[`, name))))
    is_clear <- is.na(found$p) | p.adjust(found$p, "BH") <= 1 - rows$level[own]
    found$outcome[!is_clear & found$outcome %in% c("higher", "lower")] <- "not_clear_together"
    names <- paste0(family$indicator, " against ", family$benchmark, ", ", family$cohort)
    holds("verdicts", names, family$outcome == found$outcome, "another verdict follows")
    holds("verdicts", names, (family$by_less_than_margin == "True") == found$within, "not within 10 points, or so")
    holds("verdicts", names, (family$flips == "True") == found$flips, "would flip otherwise")
    same("differences", paste0(names, ", difference"), as.numeric(family$difference), found$difference)
    same("differences", paste0(names, ", ci_low"), as.numeric(family$ci_low), found$low)
    same("differences", paste0(names, ", ci_high"), as.numeric(family$ci_high), found$high)
    same("p-values", paste0(names, ", p"), as.numeric(family$p), found$p, by_search)
    same("tipping bases", paste0(names, ", tipping base"), as.numeric(family$tipping_base), found$tipping)
    same("families", paste0(names, ", p_adjusted"), as.numeric(family$p_adjusted), p.adjust(found$p, "BH"), by_search)
    same("families", paste0(names, ", family_size"), as.numeric(family$family_size),
         rep(sum(!is.na(found$p)), nrow(family)))
  }
}

main <- function(folder) {
  source(file.path(folder, "frame_and_limits.R"))
  source(file.path(folder, "differences.R"))
  facts <- read_table(folder, "release.csv")
  threshold <- as.numeric(facts$value[facts$name == "threshold"])
  rows <- read_table(folder, "estimates.csv")
  numeric <- c("base", "weighted_base", "effective_base", "design_effect", "value", "se", "ci_low", "ci_high", "p_value", "level")
  for (column in numeric) {
    rows[[column]] <- as.numeric(rows[[column]])
  }
  option <- ifelse(is.na(rows$option), "", paste0(" ", rows$option))
  rows$name <- paste0(rows$subject_kind, " ", rows$subject, " ", rows$statistic, option, " ", rows$cohort)
  published <- read_table(folder, file.path("definitions", "benchmarks.csv"))
  figures <- data.frame(
    code = published$code,
    share = as.numeric(published$value) / 100,
    n = ifelse(is.na(published$n_smallest), as.numeric(published$n), as.numeric(published$n_smallest)),
    rounding = 0.5 * 10^-as.numeric(published$decimals) / 100,
    at_most = published$relation == "at_most",
    is_mean = published$unit == "mean_percent",
    disputed = published$disputed == "True"
  )
  comparisons <- read_table(folder, "comparisons.csv")
  check_rows(rows, threshold)
  check_intervals(rows)
  check_pairs(rows, read_table(folder, "pairs.csv"))
  check_possible(rows)
  check_limits_of_all(rows)
  check_design_effects(rows)
  check_rest(rows)
  check_corrected_shares(rows)
  population <- as.numeric(facts$value[facts$name == "finite_population"])
  if (!is.na(population)) {
    check_corrected_bases(rows, population)
    check_corrected_rest(rows, population)
    check_corrected_means_against_rest(rows, population)
  }
  items <- read_table(folder, "indicators.csv")
  check_comparisons(rows, comparisons, figures, setNames(items$item, items$indicator))
  other <- read_table(folder, "differences.csv")
  check_differences(rows, other, read_table(folder, "pairs.csv"))
  cat(sprintf("Release %s: %d rows, %d comparisons with published figures and %d others.\n",
              facts$value[facts$name == "release"], nrow(rows), nrow(comparisons), nrow(other)))
  for (kind in names(derived)) cat(sprintf("%8d  %s\n", derived[[kind]], kind))
  for (disagreement in disagreements) cat("DISAGREES ", disagreement, "\n")
  cat(sprintf("%d disagreements.\n", length(disagreements)))
  quit(save = "no", status = if (length(disagreements)) 1 else 0)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(if (length(arguments)) arguments[1] else ".")
