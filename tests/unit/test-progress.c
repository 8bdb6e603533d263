// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages and progress: the two that share standard error. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/log.h"
#include "lib/progress.h"
#include "lib/strbuf.h"

/* A terminal of some width as standard error. */
struct terminal {
	int master, saved;
};

static void terminal_open(struct terminal *t, unsigned short width)
{
	struct winsize size = { .ws_row = 24, .ws_col = width };
	int slave;

	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master) || unlockpt(t->master), 0);
	slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	ioctl(slave, TIOCSWINSZ, &size);
	fcntl(t->master, F_SETFL, O_NONBLOCK);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	t->saved = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	close(slave);
}

static void terminal_close(struct terminal *t, struct strbuf *seen)
{
	fflush(stderr);
	while (strbuf_read_once(seen, t->master, 4096) > 0)
		;
	dup2(t->saved, STDERR_FILENO);
	close(t->saved);
	close(t->master);
}

static int set_up(void **state)
{
	(void)state;
	log_level_set(LOG_NORMAL);
	return 0;
}

static void say_all(void)
{
	error("e \"%s\"", "x");
	warning("w");
	note("n");
	verbose("v");
}

static void test_levels(void **state)
{
	static const char *const expected[] = {
		[LOG_QUIET] = "kab: error: e \"x\"\n",
		[LOG_NORMAL] = "kab: error: e \"x\"\nkab: warning: w\nn\n",
		[LOG_VERBOSE] = "kab: error: e \"x\"\nkab: warning: w\nn\nv\n",
	};

	(void)state;
	for (enum log_level level = LOG_QUIET; level <= LOG_VERBOSE; level++) {
		struct capture c;
		char *said;

		log_level_set(level);
		capture_begin(&c, STDERR_FILENO);
		say_all();
		said = capture_end(&c);
		assert_string_equal(said, expected[level]);
		free(said);
	}
}

static void test_messages(void **state)
{
	struct capture c;
	char *said;
	int result, after;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	errno = ENOENT;
	result = error("cannot open \"%s\":", "f");
	after = errno;
	/* What a hostile guest might send to the terminal. */
	note("a\033[2Jb\rc\td\x7f");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_int_equal(after, ENOENT);
	assert_string_equal(said, "kab: error: cannot open \"f\": No such file or directory\n"
				  "a?[2Jb?c\td?\n");
	free(said);
}

static void test_colour(void **state)
{
	struct strbuf seen = STRBUF_INIT;
	struct terminal t;
	bool normal, no_color, dumb;

	(void)state;
	terminal_open(&t, 80);
	normal = log_colour(STDERR_FILENO);
	error("red");
	setenv("NO_COLOR", "", 1);
	no_color = log_colour(STDERR_FILENO);
	error("plain");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	dumb = log_colour(STDERR_FILENO);
	terminal_close(&t, &seen);
	assert_true(normal);
	assert_false(no_color);
	assert_false(dumb);
	assert_string_equal(seen.data, "\033[1;31mkab: error: \033[0mred\r\nkab: error: plain\r\n");
	strbuf_release(&seen);
}

static void test_plain_lines(void **state)
{
	struct progress p;
	struct capture c;
	char *said;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	progress_begin(&p, "objects", 1497, "kernel %s", "x");
	for (int i = 0; i <= 1497; i++)
		progress_update(&p, i);
	p.shown_ms -= 30000;
	p.started_ms -= 340000;
	p.done = 700;
	progress_update(&p, 748);
	progress_update(&p, 1497);
	progress_end(&p, NULL);
	progress_begin(&p, "boots", 0, "y");
	progress_end(&p, "failed");
	said = capture_end(&c);
	assert_string_equal(said, "kernel x ...\n"
				  "kernel x: 748/1497 objects, 2.2/s, 5 min 40 s left\n"
				  "kernel x: 1497 objects in 5 min 40 s\n"
				  "y ...\n"
				  "y: failed, 0 boots in 0 s\n");
	assert_null(p.label);
	free(said);
}

static void test_quiet(void **state)
{
	struct strbuf seen = STRBUF_INIT;
	struct terminal t;
	struct progress p;

	(void)state;
	log_level_set(LOG_QUIET);
	terminal_open(&t, 80);
	progress_begin(&p, "objects", 10, "x");
	p.shown_ms -= 100000;
	progress_update(&p, 5);
	progress_end(&p, NULL);
	terminal_close(&t, &seen);
	assert_string_equal(seen.data, "");
	strbuf_release(&seen);
}

/* One line, wiped before each message and before it is drawn again. */
static void test_terminal(void **state)
{
	struct strbuf seen = STRBUF_INIT;
	struct terminal t;
	struct progress p;
	int drawn, wiped;

	(void)state;
	terminal_open(&t, 80);
	progress_begin(&p, "objects", 1497, "kernel");
	p.started_ms -= 200000;
	p.shown_ms -= 1000;
	progress_update(&p, 812);
	drawn = p.drawn;
	progress_update(&p, 813); /* too soon to draw */
	note("message");
	wiped = p.drawn;
	note("another");
	p.shown_ms -= 1000;
	progress_update(&p, 1497);
	progress_end(&p, NULL);
	note("after");
	terminal_close(&t, &seen);
	assert_int_equal(drawn, 1);
	assert_int_equal(wiped, 0);
	assert_string_equal(
		seen.data,
		"kernel  [..............................]  0/1497 objects"
		"\r\033[K"
		"kernel  [##############.............]  812/1497 objects  4.1/s  2 min 49 s left"
		"\r\033[K"
		"message\r\nanother\r\n"
		"kernel  [##############################]  1497/1497 objects  7.5/s"
		"\r\033[K"
		"kernel: 1497 objects in 3 min 20 s\r\nafter\r\n");
	strbuf_release(&seen);
}

/* The bar goes first, then the end of the line; never is a line as wide as the terminal. */
static void test_narrow_terminals(void **state)
{
	(void)state;
	for (unsigned short width = 1; width < 120; width++) {
		struct strbuf seen = STRBUF_INIT;
		struct terminal t;
		struct progress p;
		const char *line;

		terminal_open(&t, width);
		progress_begin(&p, "objects", 1497, "kern\xc3\xa4l");
		p.started_ms -= 200000;
		p.shown_ms -= 1000;
		progress_update(&p, 812);
		progress_clear_line();
		terminal_close(&t, &seen);
		free(p.label);
		line = strstr(seen.data, "\r\033[K") + 4;
		assert_in_range(strcspn(line, "\r"), 0, width);
		if (width < 50)
			assert_null(strchr(line, '#'));
		if (width == 6) /* not inside the umlaut */
			assert_int_equal(strcspn(line, "\r"), 4);
		strbuf_release(&seen);
	}
}

static void test_odd_figures(void **state)
{
	struct progress p;
	struct capture c;
	char *said;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	progress_begin(&p, "MiB", 0, "download");
	p.started_ms -= 7300000;
	p.shown_ms -= 30000;
	progress_update(&p, 73); /* total unknown, and slow */
	p.total = 50;
	p.shown_ms -= 30000;
	progress_update(&p, 60); /* more than there should be */
	progress_end(&p, "done");
	said = capture_end(&c);
	assert_string_equal(said, "download ...\n"
				  "download: 73 MiB, 0.010/s\n"
				  "download: 60/50 MiB, 0.008/s\n"
				  "download: done, 60 MiB in 2 h 01 min\n");
	free(said);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_levels),	     TEST(test_messages),    TEST(test_colour),
		TEST(test_plain_lines),	     TEST(test_quiet),	     TEST(test_terminal),
		TEST(test_narrow_terminals), TEST(test_odd_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
