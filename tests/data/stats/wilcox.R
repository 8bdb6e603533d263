# SPDX-License-Identifier: GPL-2.0-or-later
# Reference cases for reports/stats.c: shifts and exact intervals as R's wilcox.test() gives them.
#	Rscript wilcox.R >wilcox.json
# x and y are multiples of 1/1024, so that every figure is the same double in R and in C.
set.seed(20261120)

number <- function(v) sprintf("%.17g", v)
array <- function(v) paste0("[", paste(number(v), collapse = ", "), "]")

draw <- function(nx, ny, shift) {
	repeat {
		v <- round(rnorm(nx + ny, mean = 1301, sd = 9) * 1024) / 1024
		v[nx + seq_len(ny)] <- v[nx + seq_len(ny)] + shift
		if (!anyDuplicated(v)) return(list(x = v[seq_len(nx)], y = v[nx + seq_len(ny)]))
	}
}

case <- function(nx, ny, shift, level) {
	s <- draw(nx, ny, shift)
	# R gives the nearest achievable interval with a warning where there is none of this level.
	none <- 2 * pwilcox(0, nx, ny) > 1 - level + 1e-12
	t <- suppressWarnings(wilcox.test(s$y, s$x, conf.int = TRUE, exact = TRUE,
					  conf.level = level))
	sprintf('  {"x": %s,\n   "y": %s,\n   "level": %s, "shift": %s, "interval": %s}',
		array(s$x), array(s$y), number(level), number(t$estimate),
		if (none) "[]" else array(t$conf.int[1:2]))
}

sizes <- list(c(1, 1), c(2, 3), c(3, 3), c(3, 4), c(3, 5), c(4, 4), c(4, 5), c(5, 5), c(1, 39),
	      c(1, 38), c(2, 8), c(5, 10), c(7, 9), c(10, 10), c(10, 11), c(12, 20), c(20, 20),
	      c(30, 31), c(40, 40), c(49, 49), c(50, 50), c(50, 10), c(51, 51), c(60, 40), c(64, 80))
cases <- c()
for (n in sizes)
	for (level in c(0.9, 0.95, 0.99))
		cases <- c(cases, case(n[1], n[2], sample(c(-40, -3, 0, 5, 101), 1), level))
cat('{"made_by": "', R.version.string, ', wilcox.R", "cases": [\n', sep = "")
cat(cases, sep = ",\n")
cat("\n]}\n")
