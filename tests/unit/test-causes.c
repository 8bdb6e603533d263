// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ladders and bisections on the site: each has its own page and is no night of a plan, what is stored
 * of them is enough to make it again, and nothing is rendered that has not changed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pages.h"
#include "reports/search.h"

#define KEY   "0123456789abcdef"
#define STATE "data/bisections/" KEY ".json"

/* One boot; a fact is a key and its value. */
struct boot_of {
	const char *session, *plan, *spec;
	int64_t arm, boot;
	double value; /* NaN: it panicked */
	const char *facts[7];
};

static const char *clock_of_all;

static void store(const struct boot_of *b)
{
	static int64_t bases[] = { 0 };
	struct db *db = db_open("kab.db");
	struct rundir_workload w = { .name = (char *)"w",
				     .title = (char *)"a title",
				     .bases = bases,
				     .base_count = b->arm ? 1 : 0 };
	struct observations o = { 0 };
	char *id = xasprintf("%s/%03d", b->session, (int)(100 * b->arm + b->boot));
	struct rundir run = { .path = (char *)"run",
			      .id = id,
			      .session = (char *)b->session,
			      .plan = (char *)b->plan,
			      .started = xasprintf("%.4s-%.2s-%.2sT01:00:00Z", b->session,
						   b->session + 4, b->session + 6),
			      .target = (char *)"det",
			      .clock = (char *)clock_of_all,
			      .arm = b->arm,
			      .boot = b->boot,
			      .kernel_spec = (char *)b->spec,
			      .kernel_id = xasprintf("id-of-%s", b->spec),
			      .kernel_release = (char *)"6.1",
			      .image_sha256 = (char *)"image",
			      .config_sha256 = (char *)"config",
			      .compiler = (char *)"gcc",
			      .source = (char *)"linux",
			      .series = (char *)"",
			      .workloads = &w,
			      .workload_count = 1 };

	assert_non_null(db);
	for (size_t i = 0; b->facts[i]; i += 2)
		observe_fact(&o, b->facts[i], b->facts[i + 1]);
	if (isnan(b->value)) {
		observe_finding(&o, "w", "panic", SEVERITY_FAILURE, "on purpose");
	} else {
		observe_sample(&o, "w", "write_mean_ns", "ns", BETTER_LOWER, b->value);
		o.samples[0].headline = true;
	}
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	db_close(db);
	free(run.started);
	free(run.kernel_id);
	free(id);
}

static int setup(void **state)
{
	clock_of_all = "instruction";
	return sandbox_setup(state);
}

static void lacks(const char *path, const char *what)
{
	if (count_of(path, what))
		fail_msg("\"%s\" has: %s", path, what);
}

/* A night of a plan, which may be called like a command. */
static void store_night(const char *session, const char *plan)
{
	for (int64_t arm = 0; arm < 2; arm++)
		store(&(struct boot_of){ session,
					 plan,
					 arm ? "linux+x" : "linux",
					 arm,
					 1,
					 arm ? 1100 : 1000,
					 { NULL } });
}

/* Shows whether a page is rendered again: it is not when what was added to it stays. */
static void mark(const char *path)
{
	char *page = read_page(path), *marked = xasprintf("%s<!-- mark -->", page);

	put(path, marked);
	free(marked);
	free(page);
}

/* --- ladders ----------------------------------------------------------------------------------- */

#define LADDER "20260301T000000Z-ladder"

static void store_rung(int64_t rung, double value)
{
	static const char *const specs[] = { "linux", "linux+s:1", "linux+s:2" };

	store(&(struct boot_of){ LADDER,
				 "ladder",
				 specs[rung],
				 rung,
				 1,
				 value,
				 { "session.ladder", "s<b>bad", "session.ladder_patches", "2",
				   rung ? "session.ladder_patch" : NULL,
				   rung == 1 ? "mm: take <b>bad" : "mm: give" } });
}

static void a_ladder_has_its_page(void **state)
{
	static const char page[] = "site/sessions/" LADDER "/index.html";

	(void)state;
	store_night("20260201T000000Z-night", "nightly");
	store_night("20260202T000000Z-night", "ladder");
	for (int64_t rung = 0; rung < 3; rung++)
		store_rung(rung, 1000 - 100 * (double)rung);
	render(NULL);
	check_site();
	has(page, "s&lt;b&gt;bad, patch by patch");
	has(page, "1/2  mm: take &lt;b&gt;bad");
	has(page, "−10.00\u00a0%");
	has(page, "href=\"../../kernels/id-of-linux_2bs_3a1.html\"");
	has(page, "href=\"ladder.csv\"");
	has("site/sessions/" LADDER "/ladder.csv", "w,write_mean_ns,ns,yes,2,2,mm: give,-100,-10,");
	has("site/causes/index.html", "s&lt;b&gt;bad, patch by patch");
	has("site/causes/index.html", "patch 1/2 brings w write_mean_ns −10.00\u00a0%");
	has("site/index.html", "s&lt;b&gt;bad, patch by patch");
	has("site/sessions/" LADDER "/runs/101.html", "href=\"../../../causes/index.html\"");
	/* It is no night, and a plan that is called so is one. */
	has("site/trends/index.html", "2026-02-02");
	lacks("site/trends/index.html", "2026-03-01");
	lacks("site/trends/ladder/index.html", LADDER);
	has("site/kernels/index.html", "linux+s:2");
}

static void a_ladder_that_is_not_whole_has_its_runs(void **state)
{
	(void)state;
	store_rung(0, 1000);
	store_rung(2, 900);
	render(NULL);
	check_site();
	has("site/causes/index.html", "not all kernels were run");
	assert_false(file_exists("site/sessions/" LADDER "/index.html"));
	assert_true(file_exists("site/sessions/" LADDER "/runs/index.html"));
	has("site/index.html", "No plan has been run");
	/* Nor is one of which one kernel alone has figures. */
	store_rung(1, NAN);
	store_rung(2, NAN);
	render(NULL);
	check_site();
	assert_false(file_exists("site/sessions/" LADDER "/index.html"));
	store_rung(1, 990);
	render(NULL);
	check_site();
	has("site/sessions/" LADDER "/index.html", "with patch 2/2 w has no figures: panic");
}

/* --- bisections -------------------------------------------------------------------------------- */

/* Commits of nine hexadecimal digits, with their position behind. */
#define ID(n)  "c0ffee00" #n
#define ENDS   "20260401T000000Z-ends"
#define MIDDLE "20260401T00000" /* and the position */

static void store_probe(const char *session, const char *spec, int64_t arm, int64_t boot,
			double value)
{
	store(&(struct boot_of){
		session, "bisect", spec, arm, boot, value, { "session.bisection", KEY } });
}

static const char row[] =
	"\"commits\": [\"" ID(0) " the good one\", \"" ID(1) " first\", \"" ID(2) " second\", \"" ID(
		3) " panics\", \"" ID(4) " the <b>bad culprit\", \"" ID(5) "\", \"" ID(6) " last\"]";

static void put_state(const char *kernels, const char *searched)
{
	char *text = xasprintf("{\"format\": 1, \"good\": \"git:/x@1\", \"bad\": \"git:/x@2\", "
			       "\"workload\": \"w\", \"target\": \"det\", \"ends\": \"" ENDS
			       "\", %s, \"searched\": {%s}, \"kernels\": {%s}}",
			       row, searched, kernels);

	put(STATE, text);
	free(text);
}

#define MEASURED(n) "\"" ID(n) "\": {\"sessions\": [\"" MIDDLE #n "Z-probe\"]}"
#define PANICS(n) \
	"\"" ID(n) "\": {\"sessions\": [\"" MIDDLE #n "Z-probe\"], \"fault\": \"panic: why\"}"

/* Of seven commits the fourth after the good one made it slower, and the third does not boot. */
static void store_bisection(void)
{
	store_probe(ENDS, "git:/x@1", 0, 1, 1000);
	store_probe(ENDS, "git:/x@2", 1, 1, 1200);
	store_probe(MIDDLE "3Z-probe", "git:/x@3", 0, 1, NAN);
	store_probe(MIDDLE "2Z-probe", "git:/x@4", 0, 1, 1000.5);
	store_probe(MIDDLE "4Z-probe", "git:/x@5", 0, 1, 1200);
	put_state(PANICS(3) ", " MEASURED(2) ", " MEASURED(4) ", \"someone\": {\"sessions\": []}",
		  "\"write_mean_ns\": {\"all\": false}");
}

static void what_was_measured_gives_the_answer(void **state)
{
	static const char log[] =
		"git bisect start '--first-parent'\n"
		"# bad: " ID(6) " last\ngit bisect bad " ID(
			6) "\n"
			   "# good: " ID(0) " the good one\ngit bisect good " ID(
				   0) "\n"
				      "# good: " ID(2) " second\ngit bisect good " ID(
					      2) "\n"
						 "# skip: " ID(3) " panics\ngit bisect skip " ID(
							 3) "\n"
							    "# bad: " ID(4) " the <b>bad culprit\ngit bisect bad " ID(
								    4) "\n";
	struct strbuf text = STRBUF_INIT;
	struct strvec metrics = STRVEC_INIT;
	struct search s;
	struct db *db;
	char *words;

	(void)state;
	store_bisection();
	db = db_open_readonly("kab.db");
	assert_non_null(db);
	assert_int_equal(search_metrics(STATE, &metrics), 0);
	assert_int_equal(metrics.count, 1);
	assert_int_equal(search_load(&s, db, STATE, metrics.items[0]), 0);
	assert_int_equal(s.n, 6);
	assert_int_equal(s.next, 0);
	assert_int_equal(s.measured, 2);
	assert_int_equal(s.commits[3].turn, 1);
	assert_int_equal(s.commits[2].turn, 2);
	assert_int_equal(s.commits[1].turn, 0);
	assert_string_equal(s.commits[3].fault, "panic: why");
	assert_string_equal(s.commits[5].subject, "");
	assert_int_equal(s.steps.count, 1);
	assert_false(search_names(&s, 2));
	assert_true(search_names(&s, 3) && search_names(&s, 4));
	words = search_step_words(&s, &s.steps.items[0], UNIT_ASCII);
	assert_string_equal(words,
			    "+19.95% by one of 2 commits, as those between cannot be measured");
	free(words);
	search_log(&s, &text);
	assert_string_equal(text.data, log);
	search_release(&s);
	assert_int_equal(search_load(&s, db, STATE, "write_iops"), 1);
	search_release(&s);

	/* What is to be measured, as long as something is. */
	put_state(MEASURED(2), "\"write_mean_ns\": {}");
	assert_int_equal(search_load(&s, db, STATE, "write_mean_ns"), 0);
	assert_int_equal(s.next, 4);
	search_release(&s);
	/* A session that gave nothing is not asked for again. */
	put_state(MEASURED(2) ", \"" ID(4) "\": {\"sessions\": [\"nowhere\"]}",
		  "\"write_mean_ns\": {}");
	assert_int_equal(search_load(&s, db, STATE, "write_mean_ns"), 0);
	assert_string_equal(s.commits[4].fault, "no value of the metric");
	assert_int_not_equal(s.next, 4);
	search_release(&s);
	strvec_release(&metrics);
	strbuf_release(&text);
	db_close(db);
}

static void a_bisection_has_one_page(void **state)
{
	static const char page[] = "site/bisections/" KEY "-write_mean_ns.html";

	(void)state;
	store_night("20260201T000000Z-night", "nightly");
	store_night("20260202T000000Z-night", "bisect");
	store_bisection();
	render("data");
	check_site();
	has(page, "w write_mean_ns: +19.95\u00a0% by one of 2 commits");
	has(page, "<code>" ID(4) "</code> the &lt;b&gt;bad culprit");
	has(page, "panic: why");
	has(page, "skipped");
	has(page, "like good");
	has(page, "like bad");
	has(page, "2 of 5 commits between the ends");
	has(page, "../sessions/" MIDDLE "3Z-probe/runs/index.html");
	has(page, "../sessions/" ENDS "/index.html");
	has("site/bisections/" KEY "-write_mean_ns.csv",
	    ID(3) ",panics,panic: why,3,,,skipped,,0,1\r\n");
	has("site/bisections/" KEY "-write_mean_ns.log.txt", "git bisect skip " ID(3));
	has("site/causes/index.html", "by one of 2 commits");
	has("site/index.html", "the &lt;b&gt;bad culprit");
	/* Its sessions are no nights of a plan that is called so, and its kernels in no list. */
	has("site/trends/index.html", "2026-02-02");
	lacks("site/trends/bisect/index.html", "probe");
	lacks("site/trends/bisect/index.html", ENDS);
	lacks("site/kernels/index.html", "git:");
	lacks("site/index.html", "git:");
}

static void only_what_changed_is_rendered(void **state)
{
	static const char page[] = "site/bisections/" KEY "-write_mean_ns.html";
	static const char ladder[] = "site/sessions/" LADDER "/index.html";

	(void)state;
	store_night("20260201T000000Z-night", "nightly");
	store_bisection();
	for (int64_t rung = 0; rung < 3; rung++)
		store_rung(rung, 1000 - 100 * (double)rung);
	render("data");
	assert_int_equal(render("data").files, 0);
	mark(page);
	mark(ladder);
	store_night("20260401T120000Z-night", "nightly");
	render("data");
	check_site();
	has(page, "<!-- mark -->");
	has(ladder, "<!-- mark -->");
	has("site/index.html", "2026-04-01 01:00 UTC");
	/* One more kernel is measured, and the one before is blamed. */
	store_probe(MIDDLE "3Z-again", "git:/x@3", 0, 1, 1200);
	put_state(MEASURED(2) ", " MEASURED(4) ", \"" ID(3) "\": {\"sessions\": [\"" MIDDLE
							    "3Z-again\"]}",
		  "\"write_mean_ns\": {}");
	render("data");
	check_site();
	lacks(page, "<!-- mark -->");
	has(page, "by one commit");
	has(page, "<code>" ID(3) "</code> panics");
	has(ladder, "<!-- mark -->");
}

static void without_its_state_a_bisection_has_no_page(void **state)
{
	(void)state;
	store_bisection();
	put(STATE, "{\"format\": 1, ");
	render("data");
	check_site();
	has("site/causes/index.html", "kab bisect GOOD..BAD");
	put_state("\"" ID(2) "\": {\"sessions\": []}", "");
	render("data");
	render(NULL);
	check_site();
	assert_false(file_exists("site/sessions/" ENDS "/index.html"));
	assert_false(file_exists("site/bisections/" KEY "-write_mean_ns.html"));
	lacks("site/trends/index.html", "bisect/");
}

static void a_key_is_no_path(void **state)
{
	(void)state;
	put("data/evil.json", "{}");
	store(&(struct boot_of){
		ENDS, "bisect", "git:/x@1", 0, 1, 1, { "session.bisection", "../evil" } });
	render("data");
	check_site();
}

static void on_a_wall_clock_a_set_of_commits_is_named(void **state)
{
	static const char page[] = "site/bisections/" KEY "-write_mean_ns.html";

	(void)state;
	clock_of_all = "wall";
	for (int64_t boot = 1; boot <= 12; boot++) {
		store_probe(ENDS, "git:/x@1", 0, boot, 1000 + (double)(7 * boot % 5));
		store_probe(ENDS, "git:/x@2", 1, boot, 1200 + (double)(7 * boot % 5));
	}
	store_probe(MIDDLE "2Z-probe", "git:/x@4", 0, 1, 1002);
	store_probe(MIDDLE "4Z-probe", "git:/x@5", 0, 1, 1203);
	put_state(PANICS(3) ", " MEASURED(2) ", " MEASURED(4), "\"write_mean_ns\": {}");
	render("data");
	check_site();
	has(page, "by one of 2 commits");
	has(page, "With a probability of");
	has(page, "<code>" ID(4) "</code> the &lt;b&gt;bad culprit (");
	has(page, "&gt;99.9\u00a0%");
	has(page, "12 boots");
	lacks(page, "(not decided)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, sandbox_teardown)
		TEST(a_ladder_has_its_page),
		TEST(a_ladder_that_is_not_whole_has_its_runs),
		TEST(what_was_measured_gives_the_answer),
		TEST(a_bisection_has_one_page),
		TEST(only_what_changed_is_rendered),
		TEST(without_its_state_a_bisection_has_no_page),
		TEST(a_key_is_no_path),
		TEST(on_a_wall_clock_a_set_of_commits_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
