// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/strbuf.h"

struct options {
	bool force;
	const char *dir;
	int64_t jobs;
	int64_t any;
	double share;
	struct strvec set;
	const char *format;
};

#define FIELD(field) .offset = offsetof(struct options, field)

static const struct opt opts[] = {
	{ .letter = 'f', .name = "force", .help = "build again", .type = OPT_FLAG, FIELD(force) },
	{ .letter = 'C',
	  .name = "dir",
	  .arg = "DIR",
	  .help = "work there",
	  .type = OPT_STR,
	  FIELD(dir) },
	{ .letter = 'j',
	  .name = "jobs",
	  .arg = "N",
	  .help = "run this many at the same time, which is by default as many as there are "
		  "processors, and never more than 1024",
	  .type = OPT_INT,
	  FIELD(jobs),
	  .min = 1,
	  .max = 1024 },
	{ .name = "any", .arg = "N", .help = "any number", .type = OPT_INT, FIELD(any) },
	{ .name = "share",
	  .arg = "X",
	  .help = "a part of one",
	  .type = OPT_NUM,
	  FIELD(share),
	  .min = 0,
	  .max = 1 },
	{ .name = "set",
	  .arg = "KEY=VALUE",
	  .help = "may be repeated",
	  .type = OPT_LIST,
	  FIELD(set) },
	{ .name = "format",
	  .help = "what is printed",
	  .type = OPT_CHOICE,
	  FIELD(format),
	  .choices = "text|json|html" },
	{ .name = "a-very-long-option-indeed",
	  .arg = "SOMETHING",
	  .help = "has a line of its own",
	  .type = OPT_STR,
	  FIELD(dir) },
};

static const struct opt_usage usage = {
	.name = "compare",
	.synopsis = "BASE NEW",
	.least = 2,
	.most = 2,
	.summary = "compare two kernels",
	.details = "Boots both,\nand says which is better.\n\n"
		   "    kab compare a b\n"
		   "    .hidden \\n\n\n"
		   ".Dd is not a request here, nor is 'this.\n",
	.opts = opts,
	.count = sizeof(opts) / sizeof(*opts),
};

/* A parse of a command line, and what it printed. */
struct outcome {
	enum opt_result result;
	struct options o;
	struct strvec operands;
	char *out, *err;
	struct strvec words; /* argv points here */
};

static void parse(struct outcome *got, const char *line)
{
	struct capture out, err;
	char **argv;

	*got = (struct outcome){ 0 };
	strvec_split(&got->words, line, " ");
	argv = calloc(got->words.count + 1, sizeof(*argv));
	assert_non_null(argv);
	memcpy(argv, got->words.items, got->words.count * sizeof(*argv));
	capture_begin(&out, STDOUT_FILENO);
	capture_begin(&err, STDERR_FILENO);
	got->result = opt_parse(&usage, (int)got->words.count, argv, &got->o, &got->operands);
	got->err = capture_end(&err);
	got->out = capture_end(&out);
	free(argv);
}

static void release(struct outcome *got)
{
	strvec_release(&got->words);
	strvec_release(&got->operands);
	strvec_release(&got->o.set);
	free(got->out);
	free(got->err);
	log_level_set(LOG_NORMAL);
}

static void test_all_types(void **state)
{
	static const char *const lines[] = {
		"compare -f -C d -j 4 --any -7 --set a=b --set c --share .5 --format json x y",
		"compare x -fCd -j4 --any=-7 --share=5e-1 --set=a=b y --set=c --format=json",
		"compare --force --dir d --jobs=+4 --set a=b --share=0.5 --any -7 --set=c --format=json -- x y",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct outcome got;

		parse(&got, lines[i]);
		assert_int_equal(got.result, OPT_RUN);
		assert_true(got.o.force);
		assert_string_equal(got.o.dir, "d");
		assert_int_equal(got.o.jobs, 4);
		assert_int_equal(got.o.any, -7);
		assert_true(got.o.share == 0.5);
		assert_int_equal(got.o.set.count, 2);
		assert_string_equal(got.o.set.items[0], "a=b");
		assert_string_equal(got.o.set.items[1], "c");
		assert_string_equal(got.o.format, "json");
		assert_int_equal(got.operands.count, 2);
		assert_string_equal(got.operands.items[0], "x");
		assert_string_equal(got.operands.items[1], "y");
		assert_string_equal(got.err, "");
		release(&got);
	}
}

static void test_nothing_given(void **state)
{
	struct outcome got;

	(void)state;
	parse(&got, "compare -- -f --force");
	assert_int_equal(got.result, OPT_RUN);
	assert_false(got.o.force);
	assert_null(got.o.format);
	assert_int_equal(got.operands.count, 2);
	assert_string_equal(got.operands.items[1], "--force");
	release(&got);
}

static void expect_bad(const char *line, const char *message)
{
	struct strbuf whole = STRBUF_INIT;
	struct outcome got;

	parse(&got, line);
	strbuf_addf(&whole, "kab: error: %s (see 'kab compare --help')\n", message);
	assert_string_equal(got.err, whole.data);
	assert_int_equal(got.result, OPT_BAD);
	assert_int_equal(got.operands.count, 0);
	strbuf_release(&whole);
	release(&got);
}

static void test_errors(void **state)
{
	(void)state;
	expect_bad("compare --jbos=3", "unknown option \"--jbos\", did you mean \"--jobs\"?");
	expect_bad("compare --frobnicate", "unknown option \"--frobnicate\"");
	expect_bad("compare --verbsoe",
		   "unknown option \"--verbsoe\", did you mean \"--verbose\"?");
	expect_bad("compare x -fx", "unknown option \"-x\"");
	expect_bad("compare --jobs", "--jobs needs an argument (N)");
	expect_bad("compare -C", "--dir needs an argument (DIR)");
	expect_bad("compare --format", "--format needs an argument (text|json|html)");
	expect_bad("compare --force=yes", "--force takes no argument");
	expect_bad("compare --help=yes", "--help takes no argument");
	expect_bad("compare --jobs=0", "--jobs: 0 is out of range: 1 to 1024");
	expect_bad("compare -j 1025", "--jobs: 1025 is out of range: 1 to 1024");
	expect_bad("compare -j 4k", "--jobs: \"4k\" is not a whole number");
	expect_bad("compare --jobs=", "--jobs: \"\" is not a whole number");
	expect_bad("compare --jobs=0x10", "--jobs: \"0x10\" is not a whole number");
	expect_bad("compare --jobs=\t4", "--jobs: \"\t4\" is not a whole number");
	expect_bad("compare --any 9223372036854775808",
		   "--any: 9223372036854775808 is out of range");
	expect_bad("compare --share nan", "--share: \"nan\" is not a number");
	expect_bad("compare --share 0.5%", "--share: \"0.5%\" is not a number");
	expect_bad("compare --share 1e999", "--share: \"1e999\" is not a number");
	expect_bad("compare --share 1.01", "--share: 1.01 is out of range: 0 to 1");
	expect_bad("compare --format jsno",
		   "--format: \"jsno\" is none of text|json|html, did you mean \"json\"?");
	expect_bad("compare --format xml", "--format: \"xml\" is none of text|json|html");
	expect_bad("compare", "compare needs BASE NEW");
	expect_bad("compare -f x", "compare needs BASE NEW");
	expect_bad("compare x y -f z", "\"z\" is one operand too many");
}

static void test_levels(void **state)
{
	struct outcome got;

	(void)state;
	parse(&got, "compare -v x y");
	assert_int_equal(log_level_get(), LOG_VERBOSE);
	release(&got);
	parse(&got, "compare --quiet x y");
	assert_int_equal(log_level_get(), LOG_QUIET);
	release(&got);
}

static void test_help(void **state)
{
	static const char expected[] =
		"usage: kab compare [options] BASE NEW\n"
		"\n"
		"compare two kernels\n"
		"\n"
		"options:\n"
		"  -f, --force          build again\n"
		"  -C, --dir=DIR        work there\n"
		"  -j, --jobs=N         run this many at the same time, which is by default as\n"
		"                       many as there are processors, and never more than 1024\n"
		"      --any=N          any number\n"
		"      --share=X        a part of one\n"
		"      --set=KEY=VALUE  may be repeated\n"
		"      --format=text|json|html\n"
		"                       what is printed\n"
		"      --a-very-long-option-indeed=SOMETHING\n"
		"                       has a line of its own\n"
		"  -h, --help           show this help\n"
		"  -q, --quiet          print errors only\n"
		"  -v, --verbose        also print the commands that are run, and why\n"
		"\n"
		"Boots both, and says which is better.\n"
		"\n"
		"    kab compare a b\n"
		"    .hidden \\n\n"
		"\n"
		".Dd is not a request here, nor is 'this.\n";
	struct outcome got;

	(void)state;
	parse(&got, "compare --help --no-such");
	assert_int_equal(got.result, OPT_DONE);
	assert_string_equal(got.out, expected);
	assert_string_equal(got.err, "");
	release(&got);
}

static void test_man(void **state)
{
	struct capture c;
	char *text;

	(void)state;
	capture_begin(&c, STDOUT_FILENO);
	opt_print_man(&usage);
	text = capture_end(&c);
	assert_non_null(strstr(text, ".Ss kab compare\n"));
	assert_non_null(strstr(text, ".It Fl f , Fl \\-force\nbuild again\n"));
	assert_non_null(strstr(text, ".It Fl j , Fl \\-jobs Ns = Ns Ar \\&N\n"));
	assert_non_null(strstr(text, ".It Fl \\-a\\-very\\-long\\-option\\-indeed Ns ="));
	assert_non_null(strstr(text, ".Bd -literal\n    kab compare a b\n    .hidden \\en\n.Ed\n"));
	assert_non_null(strstr(text, "\n.Pp\n\\&.Dd is not a request here"));
	assert_non_null(strstr(text, "\n.El\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types), cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_errors),	  cmocka_unit_test(test_levels),
		cmocka_unit_test(test_help),	  cmocka_unit_test(test_man),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
