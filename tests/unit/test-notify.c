// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told, to whom, and how it is written. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "sandbox.h"

#include "collectors/observations.h"
#include "lib/secret.h"
#include "reports/notify.h"

/* A session of one base, one new kernel, one workload with two headline metrics. */
struct night {
	struct judgement j;
	struct comparison items[2];
	struct db_finding finding;
	struct db_series series;
};

static void make_night(struct night *n, const char *session)
{
	static char target[] = "det", clock[] = "instruction", base[] = "linux-6.1";
	static char new[] = "linux-6.1+x", plan[] = "nightly", workload[] = "dm-4k";

	*n = (struct night){ .items = { { .workload = workload,
					  .title = "4 KiB",
					  .metric = "iops",
					  .unit = "1/s",
					  .better = BETTER_HIGHER,
					  .headline = true,
					  .base = 100,
					  .new = 100,
					  .n_base = 1,
					  .n_new = 1,
					  .threshold_pct = 0.3,
					  .verdict = VERDICT_SAME } } };
	n->items[1] = n->items[0];
	n->items[1].metric = "clat_ns";
	n->items[1].unit = "ns";
	n->items[1].better = BETTER_LOWER;
	n->j.base = (struct db_side){ .session = (char *)session, .spec = base };
	n->j.base.target = n->j.new.target = target;
	n->j.new = n->j.base;
	n->j.new.spec = new;
	n->j.base.clock = n->j.new.clock = clock;
	n->j.base.plan = n->j.new.plan = plan;
	n->j.items = n->items;
	n->j.count = 2;
	n->series.workload = workload;
	n->j.base_metrics = n->j.new_metrics = (struct db_metrics){ &n->series, 1 };
}

static void set(struct night *n, int metric, double delta, enum verdict verdict)
{
	struct comparison *c = &n->items[metric];

	c->delta_pct = c->ci_pct[0] = c->ci_pct[1] = delta;
	c->new = c->base *(1 + delta / 100);
	c->verdict = verdict;
}

static void break_run(struct night *n, const char *message)
{
	static char workload[] = "dm-4k", kind[] = "oops", run[] = "S/001";

	n->finding = (struct db_finding){ run, workload, kind, SEVERITY_FAILURE, (char *)message };
	n->j.new_findings = (struct db_findings){ &n->finding, 1 };
	n->j.new_metrics.count = 0;
}

/* Tells the night and remembers it; how many things were new. */
static size_t tell(struct news *told, const struct night *n)
{
	struct news now = { 0 }, news = { 0 };
	size_t count;

	news_find(&n->j, 1, &now);
	news_select(&now, told, &news);
	count = news.count;
	news_learn(told, &news, &n->j, 1);
	news_release(&now);
	news_release(&news);
	return count;
}

static void test_once_per_change(void **state)
{
	static const struct {
		double iops, clat; /* percent */
		enum verdict iops_verdict, clat_verdict;
		size_t told;
	} nights[] = {
		{ 0, 0, VERDICT_SAME, VERDICT_SAME, 0 },
		{ -5, 0, VERDICT_WORSE, VERDICT_SAME, 1 },
		{ -5, 0, VERDICT_WORSE, VERDICT_SAME, 0 },    /* as before */
		{ -5.2, 6, VERDICT_WORSE, VERDICT_WORSE, 1 }, /* the other one */
		{ -5.2, 6, VERDICT_WORSE, VERDICT_WORSE, 0 },
		{ -5.4, 6, VERDICT_WORSE, VERDICT_WORSE, 1 }, /* 0.4 beyond what was told */
		{ -5.4, 3, VERDICT_WORSE, VERDICT_WORSE, 0 }, /* somewhat better is no news */
		{ -5.4, 8, VERDICT_UNPROVEN, VERDICT_WORSE,
		  1 }, /* unproven: neither news nor over */
		{ -5.4, 8, VERDICT_WORSE, VERDICT_WORSE, 0 },
		{ 0, 8, VERDICT_SAME, VERDICT_WORSE, 0 }, /* over */
		{ -5, 8, VERDICT_WORSE, VERDICT_WORSE, 1 },
		{ 4, -4, VERDICT_BETTER, VERDICT_BETTER, 0 },
		{ -5, 8, VERDICT_WORSE, VERDICT_WORSE, 2 },
	};
	struct news told = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(nights) / sizeof(nights[0]); i++) {
		struct night n;

		make_night(&n, "S");
		set(&n, 0, nights[i].iops, nights[i].iops_verdict);
		set(&n, 1, nights[i].clat, nights[i].clat_verdict);
		assert_int_equal(tell(&told, &n), nights[i].told);
	}
	news_release(&told);
}

/* Only what the plan gates on is worth a message. */
static void test_headlines_only(void **state)
{
	struct news told = { 0 };
	struct night n;

	(void)state;
	make_night(&n, "S");
	set(&n, 0, -5, VERDICT_WORSE);
	n.items[0].headline = false;
	assert_int_equal(tell(&told, &n), 0);
	news_release(&told);
}

/* With another compiler a figure is neither worse nor mended. */
static void test_incomparable(void **state)
{
	struct news told = { 0 }, now = { 0 };
	struct night n;

	(void)state;
	make_night(&n, "1");
	n.j.items[0].verdict = VERDICT_WORSE;
	n.j.items[0].delta_pct = -5;
	n.j.differences.serious = 1;
	news_find(&n.j, 1, &now);
	assert_int_equal(now.count, 0);
	n.j.differences.serious = 0;
	news_find(&n.j, 1, &now);
	assert_int_equal(now.count, 1);
	news_learn(&told, &now, &n.j, 1);
	news_release(&now);
	n.j.items[0].verdict = VERDICT_SAME;
	n.j.differences.serious = 1;
	news_learn(&told, &now, &n.j, 1);
	assert_int_equal(told.count, 1);
	n.j.differences.serious = 0;
	news_learn(&told, &now, &n.j, 1);
	assert_int_equal(told.count, 0);
	news_release(&told);
}

static void test_failures(void **state)
{
	struct news told = { 0 };
	struct night bad, good, other;

	(void)state;
	make_night(&bad, "S");
	break_run(&bad, "BUG");
	make_night(&good, "S");
	make_night(&other, "S");
	other.j.new.spec = other.j.base.spec = (char *)"linux-6.12";
	assert_int_equal(tell(&told, &bad), 1);
	assert_int_equal(tell(&told, &bad), 0);
	assert_int_equal(tell(&told, &other), 0); /* says nothing of that kernel */
	assert_int_equal(tell(&told, &bad), 0);
	assert_int_equal(tell(&told, &good), 0);
	assert_int_equal(told.count, 0);
	assert_int_equal(tell(&told, &bad), 1);
	news_release(&told);
}

static void test_memory(void **state)
{
	struct news told = { 0 }, back = { 0 };
	char *session;
	struct night n;

	(void)state;
	make_night(&n, "S1");
	set(&n, 0, -5.125, VERDICT_WORSE);
	break_run(&n, "BUG");
	assert_int_equal(tell(&told, &n), 2);
	assert_int_equal(news_load("memory", "mail 1", &back, &session), 0);
	assert_null(session);
	assert_int_equal(news_save("memory", "mail 1", &told, "S1"), 0);
	assert_int_equal(news_save("memory", "hook 2", &back, "S2"), 0);
	assert_int_equal(news_save("memory", "hook 2", &back, "S3"), 0);
	assert_int_equal(news_load("memory", "mail 1", &back, &session), 0);
	assert_string_equal(session, "S1");
	assert_int_equal(back.count, 2);
	assert_int_equal(tell(&back, &n), 0);
	free(session);
	news_release(&back);
	assert_int_equal(news_load("memory", "hook 2", &back, &session), 0);
	assert_string_equal(session, "S3");
	assert_int_equal(back.count, 0);
	free(session);
	news_release(&told);
}

/* Names and messages come from anywhere. */
static void test_escaping(void **state)
{
	static const char nasty[] = "<script>x</script>\r\nBcc: a@b\033[31m\xff\"'&";
	struct news now = { 0 };
	struct notice n;
	struct night bad;
	size_t column = 0;

	(void)state;
	make_night(&bad, "S");
	set(&bad, 0, -5, VERDICT_WORSE);
	bad.items[0].metric = nasty;
	bad.items[0].title = "a title that is quite a bit longer than the seventy-two columns that "
			     "a mail may have in each of its lines";
	break_run(&bad, nasty);
	bad.j.new.spec = (char *)nasty;
	news_find(&bad.j, 1, &now);
	assert_int_equal(now.count, 2);
	assert_int_equal(notice_make(&n, &now, nasty, NULL), 0);
	assert_null(strpbrk(n.subject, "\r\n\033\xff"));
	assert_null(strpbrk(n.text.data, "\r\033\xff"));
	for (size_t i = 0; i < n.text.len; i++) {
		column = n.text.data[i] == '\n' ? 0 : column + 1;
		assert_true(column <= NOTICE_WIDTH);
	}
	assert_null(strstr(n.html.data, "<script"));
	assert_null(strpbrk(n.html.data, "\033\xff"));
	assert_non_null(strstr(n.html.data, "&lt;script&gt;"));
	assert_null(strpbrk(n.json.data, "\r\n\033\xff"));
	notice_release(&n);
	news_release(&now);
}

/* RFC 4231, test case 2. */
static void test_signature(void **state)
{
	const char *data = "what do ya want for nothing?";
	char *got = webhook_signature("Jefe", data, strlen(data));

	(void)state;
	assert_string_equal(got, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964"
				 "ec3843");
	free(got);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *address;
	} cases[] = {
		{ "a@b.org", "a@b.org" },
		{ "Ann B. <a@b.org>", "a@b.org" },
		{ "a@b.org, c@d.org", NULL },
		{ "a@b.org\r\nBcc: c@d.org", NULL },
		{ "Ann <a@b.org>, <c@d.org>", NULL },
		{ "a", NULL },
		{ "@b", NULL },
		{ "a@", NULL },
		{ "a@b@c", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = mail_address(cases[i].text);

		if (cases[i].address)
			assert_string_equal(got, cases[i].address);
		else
			assert_null(got);
		free(got);
	}
}

static void test_secret(void **state)
{
	static const mode_t bad[] = { 0644, 0640, 0604, 0660, 0601 };
	struct capture c;
	char *got;

	(void)state;
	put("secret", "word one\nmore\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret;

		assert_int_equal(chmod("secret", bad[i]), 0);
		capture_begin(&c, STDERR_FILENO);
		ret = secret_check("secret");
		got = capture_end(&c);
		assert_int_equal(ret, -1);
		assert_non_null(strstr(got, "chmod 600"));
		free(got);
	}
	assert_int_equal(chmod("secret", 0600), 0);
	got = secret_read("secret");
	assert_string_equal(got, "word one");
	free(got);
	assert_int_equal(secret_check("nothing"), 1);
	put("empty", "\n");
	assert_int_equal(chmod("empty", 0600), 0);
	capture_begin(&c, STDERR_FILENO);
	got = secret_read("empty");
	free(capture_end(&c));
	assert_null(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_per_change),
		cmocka_unit_test(test_headlines_only),
		cmocka_unit_test(test_incomparable),
		cmocka_unit_test(test_failures),
		cmocka_unit_test_setup_teardown(test_memory, sandbox_setup, sandbox_teardown),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_secret, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
