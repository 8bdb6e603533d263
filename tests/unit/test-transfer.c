// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/transfer.h"

/* What libcurl takes for the time, so that a signature is that of a published example; 0: the real time. */
static time_t frozen;

time_t time(time_t *out)
{
	struct timespec ts;
	time_t now = frozen;

	if (!now && clock_gettime(CLOCK_REALTIME, &ts) == 0)
		now = ts.tv_sec;
	if (out)
		*out = now;
	return now;
}

/* A server that gives one answer after another, the last one for ever, and keeps the requests. */
struct server {
	pid_t pid;
	int port;
	int requests;
};

static void serve_one(int client, const char *answer, int report)
{
	char request[8192];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(request) - 1) {
		n = read(client, request + len, sizeof(request) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	n = write(report, request, len);
	n = write(client, answer, strlen(answer));
	(void)n;
}

static void serve(struct server *s, const char *const *answers)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int pair[2];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(pipe(pair), 0);
	s->port = ntohs(address.sin_port);
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			serve_one(client, *answers, pair[1]);
			if (answers[1])
				answers++;
			close(client);
		}
	}
	close(fd);
	close(pair[1]);
	s->requests = pair[0];
}

/* Ends it; all requests that it had, as they came. */
static char *stop(const struct server *s)
{
	char *text = xcalloc(1, 65536);
	size_t len = 0;
	ssize_t n;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	while ((n = read(s->requests, text + len, 65535 - len)) > 0)
		len += (size_t)n;
	close(s->requests);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

#define OK	  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
#define STATUS(s) "HTTP/1.1 " s "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/* One GET with so many tries; the outcome, the requests it took, and what was said. */
static enum transfer_outcome get(const char *const *answers, int64_t tries, size_t *requests,
				 char **why)
{
	const struct transfer_setup setup = { .stall_s = 5, .tries = tries };
	enum transfer_outcome outcome;
	struct transfer t;
	struct server s;
	char *url, *seen;

	serve(&s, answers);
	url = xasprintf("http://127.0.0.1:%d/x", s.port);
	transfer_init(&t, &setup);
	transfer_begin(&t, url);
	outcome = transfer_run(&t);
	if (outcome == TRANSFER_DONE)
		assert_string_equal(t.answer.data, "hi");
	seen = stop(&s);
	*requests = count(seen, "GET /x");
	*why = xstrdup(t.why);
	transfer_release(&t);
	free(seen);
	free(url);
	return outcome;
}

static void test_retries(void **state)
{
	static const struct {
		const char *answers[3];
		int64_t tries;
		enum transfer_outcome outcome;
		size_t requests;
		const char *why;
	} cases[] = {
		{ { OK }, 4, TRANSFER_DONE, 1, "" },
		{ { STATUS("503 Busy"), OK }, 4, TRANSFER_DONE, 2, "" },
		{ { STATUS("429 Slow down"), OK }, 2, TRANSFER_DONE, 2, "" },
		{ { STATUS("500 Oops") }, 2, TRANSFER_FAILED, 2, "500: the server failed" },
		{ { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", OK },
		  2,
		  TRANSFER_DONE,
		  2,
		  "" },
		{ { STATUS("404 No"), OK }, 4, TRANSFER_MISSING, 1, "404" },
		{ { STATUS("401 Who"), OK }, 4, TRANSFER_FAILED, 1, "401" },
		{ { STATUS("403 No"), OK }, 4, TRANSFER_FAILED, 1, "403" },
		{ { STATUS("507 Full"), OK }, 4, TRANSFER_FAILED, 1, "disk is full" },
		{ { STATUS("302 Found\r\nLocation: http://127.0.0.1:1/"), OK },
		  4,
		  TRANSFER_FAILED,
		  1,
		  "does not follow" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t requests;
		char *why;

		assert_int_equal(get(cases[i].answers, cases[i].tries, &requests, &why),
				 cases[i].outcome);
		assert_int_equal(requests, cases[i].requests);
		assert_non_null(strstr(why, cases[i].why));
		free(why);
	}
}

/*
 * The example "GET Bucket (List Objects)" of "Signature Calculations for the Authorization Header"
 * in the Amazon S3 API reference: keys, time and signature are those printed there. The request
 * goes to a proxy, as the host of the example is Amazon's.
 */
static void test_published_signature(void **state)
{
	static const char *const answers[] = { OK, NULL };
	const struct transfer_setup setup = {
		.user = "AKIAIOSFODNN7EXAMPLE",
		.password = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.sigv4 = "aws:amz:us-east-1:s3",
		.stall_s = 5,
		.tries = 1,
	};
	struct hash_hex empty;
	struct transfer t;
	struct server s;
	char *proxy, *seen;

	(void)state;
	serve(&s, answers);
	proxy = xasprintf("http://127.0.0.1:%d", s.port);
	frozen = 1369353600; /* Fri, 24 May 2013 00:00:00 GMT */
	hash_buffer("", 0, &empty);
	transfer_init(&t, &setup);
	transfer_begin(&t, "http://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J");
	transfer_set(&t, CURLOPT_PROXY, proxy);
	transfer_set(&t, CURLOPT_NOPROXY, "");
	transfer_header(&t, "x-amz-content-sha256: %s", empty.s);
	assert_int_equal(transfer_run(&t), TRANSFER_DONE);
	frozen = 0;
	seen = stop(&s);
	assert_non_null(strstr(seen, "20130524/us-east-1/s3/aws4_request"));
	assert_non_null(strstr(seen, "SignedHeaders=host;x-amz-content-sha256;x-amz-date"));
	assert_non_null(strstr(seen, "Signature="
				     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69"
				     "dc6f7"));
	assert_null(strstr(seen, "wJalrXUtnFEMI"));
	transfer_release(&t);
	free(seen);
	free(proxy);
}

/* An option that this libcurl does not have must not be left out silently. */
static void test_unset(void **state)
{
	const struct transfer_setup setup = { .stall_s = 5, .tries = 1 };
	struct transfer t;

	(void)state;
	transfer_init(&t, &setup);
	transfer_begin(&t, "http://127.0.0.1:1/");
	transfer_set(&t, CURLOPT_PROTOCOLS_STR, "carrier-pigeon");
	assert_int_equal(transfer_run(&t), TRANSFER_FAILED);
	assert_non_null(strstr(t.why, "lacks"));
	/* Nor does a file of this machine count as a server's. */
	transfer_begin(&t, "file:///etc/passwd");
	assert_int_equal(transfer_run(&t), TRANSFER_FAILED);
	assert_int_equal(t.answer.len, 0);
	transfer_release(&t);
}

static void test_loopback(void **state)
{
	(void)state;
	assert_true(transfer_is_loopback("localhost"));
	assert_true(transfer_is_loopback("127.0.0.1"));
	assert_true(transfer_is_loopback("[::1]"));
	assert_false(transfer_is_loopback("localhost.example.org"));
	assert_false(transfer_is_loopback("10.0.0.1"));
	assert_false(transfer_is_loopback("127.example.org"));
}

static int prepare(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("CURL_CA_BUNDLE");
	setenv("no_proxy", "*", 1);
	log_level_set(LOG_QUIET);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_published_signature),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
