# SPDX-License-Identifier: GPL-2.0-or-later
# Reference cases for reports/stats.c besides those of wilcox.R.
#	Rscript exact.R >exact.json
# Where base R has no function (ties, blocks), all permutations are counted one by one.
set.seed(20261121)

number <- function(v) sprintf("%.17g", v)
array <- function(v) paste0("[", paste(number(v), collapse = ", "), "]")
entry <- function(...) paste0("  {", paste(..., sep = ", "), "}")
field <- function(name, v) sprintf('"%s": %s', name, v)
section <- function(name, lines)
	cat(',\n"', name, '": [\n', paste(lines, collapse = ",\n"), "\n]", sep = "")

two_sided <- function(all, seen)
	min(1, 2 * min(mean(all <= seen + 1e-9), mean(all >= seen - 1e-9)))

# The rank sums of the last values over all choices of them.
rank_sums <- function(v, ny) combn(length(v), ny, function(i) sum(rank(v)[i]))
rank_sum <- function(x, y) sum(rank(c(x, y))[length(x) + seq_along(y)])

plain <- sapply(list(c(2, 3), c(3, 3), c(4, 4), c(5, 5), c(5, 9), c(8, 8), c(13, 7), c(20, 20),
		     c(31, 30), c(50, 50)), function(n) {
	x <- rnorm(n[1])
	y <- rnorm(n[2], sample(c(0, 0.7, 2), 1))
	entry(field("x", array(x)), field("y", array(y)),
	      field("p", number(wilcox.test(y, x, exact = TRUE)$p.value)))
})

tied <- sapply(list(c(3, 3), c(4, 4), c(3, 7), c(6, 6), c(8, 8), c(9, 7)), function(n) {
	x <- sample(1:4, n[1], TRUE)
	y <- sample(2:5, n[2], TRUE)
	entry(field("x", array(x)), field("y", array(y)),
	      field("p", number(two_sided(rank_sums(c(x, y), n[2]), rank_sum(x, y)))))
})

blocked <- sapply(list(c(5, 0.2), c(6, 1), c(7, 3), c(6, -1)), function(n) {
	block <- rep(seq_len(n[1]), each = 2)
	drift <- 10 * rnorm(n[1])
	x <- drift[block] + rnorm(2 * n[1])
	y <- drift[block] + rnorm(2 * n[1], n[2])
	all <- 0
	seen <- 0
	differences <- c()
	for (b in seq_len(n[1])) {
		all <- as.vector(outer(all, rank_sums(c(x[block == b], y[block == b]), 2), "+"))
		seen <- seen + rank_sum(x[block == b], y[block == b])
		differences <- c(differences, outer(y[block == b], x[block == b], "-"))
	}
	entry(field("x", array(x)), field("y", array(y)), field("block", array(block)),
	      field("p", number(two_sided(all, seen))),
	      field("shift", number(median(differences))))
})

large <- sapply(list(c(60, 60), c(200, 90)), function(n) {
	x <- round(rnorm(n[1]), 1)
	y <- round(rnorm(n[2], 0.2), 1)
	entry(field("x", array(x)), field("y", array(y)),
	      field("p", number(wilcox.test(y, x, exact = FALSE)$p.value)))
})

# wilcox.test() has no interpolation: this takes the steps from R's own distribution.
interpolated <- sapply(list(c(4, 4), c(5, 5), c(6, 6), c(7, 7), c(4, 9)), function(n) {
	x <- rnorm(n[1])
	y <- rnorm(n[2], 1)
	d <- sort(outer(y, x, "-"))
	k <- qwilcox(0.025, n[1], n[2])
	missed <- pwilcox(k - 1, n[1], n[2])
	part <- (0.025 - missed) / (pwilcox(k, n[1], n[2]) - missed)
	d2 <- rev(d)
	entry(field("x", array(x)), field("y", array(y)),
	      field("interval", array(c(d[k] + part * (d[k + 1] - d[k]),
					d2[k] + part * (d2[k + 1] - d2[k])))))
})

student <- sapply(list(c(1, 2), c(2, 2), c(3, 2), c(3, 3)), function(n) {
	x <- rnorm(n[1])
	y <- rnorm(n[2], 1)
	entry(field("x", array(x)), field("y", array(y)),
	      field("interval", array(t.test(y, x, var.equal = TRUE)$conf.int[1:2])))
})

adjusted <- sapply(c(1, 2, 12, 60), function(n) {
	p <- round(runif(n)^3, 4)
	entry(field("p", array(p)), field("adjusted", array(p.adjust(p, "BH"))))
})

quantiles <- sapply(1:4, function(i) {
	value <- sort(sample(1e6, 20 * i))
	count <- rpois(20 * i, 3)
	q <- c(0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1)
	entry(field("value", array(value)), field("count", array(count)), field("q", array(q)),
	      field("quantile", array(quantile(rep(value, count), q, type = 1, names = FALSE))))
})

cat('{"made_by": "', R.version.string, ', exact.R"', sep = "")
section("plain", plain)
section("tied", tied)
section("blocked", blocked)
section("large", large)
section("interpolated", interpolated)
section("student", student)
section("adjusted", adjusted)
section("quantiles", quantiles)
cat("\n}\n")
