// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "sandbox.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/hash.h"
#include "runner/source/download.h"

#define SIZE 300000

/* A web server that closes the connection too early, some times. */
struct server {
	pid_t pid;
	int port;
	int requests[2]; /* a byte per request: 'R' with a range, 'W' for the whole */
};

static char content[SIZE];
static char content_hash[HASH_HEX_LEN + 1];

struct behaviour {
	int cuts;	    /* so many answers end in the middle */
	int cut_at;	    /* after so many bytes */
	const char *status; /* of every answer, instead of doing it right */
	int ranges;	    /* it can continue files */
};

static void answer(int fd, struct behaviour *b, int report)
{
	char request[4096] = "";
	size_t len = 0;
	long from = 0;
	char head[256];
	const char *range;
	size_t size;
	ssize_t n;

	while (!strstr(request, "\r\n\r\n") && len < sizeof(request) - 1) {
		n = read(fd, request + len, sizeof(request) - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
	}
	range = strstr(request, "\r\nRange: bytes=");
	if (range && b->ranges)
		from = strtol(range + strlen("\r\nRange: bytes="), NULL, 10);
	n = write(report, range ? "R" : "W", 1);
	size = from < SIZE ? (size_t)(SIZE - from) : 0;
	if (b->status)
		snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", b->status);
	else if (range && b->ranges && !size)
		snprintf(head, sizeof(head), "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
	else
		snprintf(head, sizeof(head),
			 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
			 "Content-Range: bytes %ld-%d/%d\r\n\r\n",
			 range && b->ranges ? "206 Partial" : "200 OK", size, from, SIZE - 1, SIZE);
	if (write(fd, head, strlen(head)) < 0 || b->status)
		return;
	if (b->cuts && b->cuts--)
		size = size < (size_t)b->cut_at ? size : (size_t)b->cut_at;
	while (size && (n = write(fd, content + from, size)) > 0) {
		from += n;
		size -= (size_t)n;
	}
}

static void serve(struct server *s, struct behaviour b)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(pipe(s->requests), 0);
	s->port = ntohs(address.sin_port);
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			answer(client, &b, s->requests[1]);
			close(client);
		}
	}
	close(fd);
	close(s->requests[1]);
}

/* Ends it and gives the requests that it had. */
static char *stop(struct server *s)
{
	char *list = xcalloc(1, 64);
	ssize_t n;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	n = read(s->requests[0], list, 63);
	assert_true(n >= 0);
	close(s->requests[0]);
	return list;
}

/* One download; what is said about it. */
static char *get(const struct server *s, const char *sha256)
{
	char *url = xasprintf("http://127.0.0.1:%d/x.tar", s->port);
	struct capture c;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = download_file(url, sha256, "got");
	said = capture_end(&c);
	free(url);
	assert_int_equal(result, strstr(said, "error") ? -1 : 0);
	assert_int_equal(file_exists("got"), !result);
	if (!result) {
		assert_false(file_exists("got.part"));
		assert_int_equal(file_size("got"), SIZE);
	}
	return said;
}

static int prepare(void **state)
{
	struct hash_hex hex;

	for (int i = 0; i < SIZE; i++)
		content[i] = (char)(i * 7 + i / 251);
	hash_buffer(content, SIZE, &hex);
	memcpy(content_hash, hex.s, sizeof(content_hash));
	unsetenv("http_proxy");
	setenv("no_proxy", "*", 1);
	return sandbox_setup(state);
}

static void check_requests(struct server *s, const char *expected)
{
	char *requests = stop(s);

	assert_string_equal(requests, expected);
	free(requests);
}

static void test_whole(void **state)
{
	struct server s;

	(void)state;
	serve(&s, (struct behaviour){ .ranges = 1 });
	free(get(&s, content_hash));
	check_requests(&s, "W");
}

/* Cut twice in one call: each time it goes on where it was. */
static void test_cut(void **state)
{
	struct server s;

	(void)state;
	serve(&s, (struct behaviour){ .cuts = 2, .cut_at = 100000, .ranges = 1 });
	free(get(&s, content_hash));
	check_requests(&s, "WRR");
}

/* Nothing more comes: what came stays for the next time. */
static void test_resume_later(void **state)
{
	struct server s;
	char *said;

	(void)state;
	serve(&s, (struct behaviour){ .cuts = 1000, .cut_at = 0, .ranges = 1 });
	assert_int_equal(file_write("got.part", content, 200000), 0);
	said = get(&s, content_hash);
	assert_non_null(strstr(said, "are kept"));
	assert_int_equal(file_size("got.part"), 200000);
	free(said);
	free(stop(&s));

	serve(&s, (struct behaviour){ .ranges = 1 });
	free(get(&s, content_hash));
	check_requests(&s, "R");
}

/* The server cannot continue, or the part is whole already. */
static void test_restart(void **state)
{
	struct server s;

	(void)state;
	assert_int_equal(file_write("got.part", content, 1000), 0);
	serve(&s, (struct behaviour){ .ranges = 0 });
	free(get(&s, content_hash));
	check_requests(&s, "RW");

	assert_int_equal(unlink("got"), 0);
	assert_int_equal(file_write("got.part", content, SIZE), 0);
	serve(&s, (struct behaviour){ .ranges = 1 });
	free(get(&s, content_hash));
	free(stop(&s));
}

static void test_wrong(void **state)
{
	struct server s;
	char *said;

	(void)state;
	serve(&s, (struct behaviour){ .ranges = 1 });
	said = get(&s, "0000000000000000000000000000000000000000000000000000000000000000");
	assert_non_null(strstr(said, "is not the expected file"));
	assert_non_null(strstr(said, content_hash));
	/* It would never become right. */
	assert_false(file_exists("got.part"));
	free(said);
	free(stop(&s));

	serve(&s, (struct behaviour){ .status = "404 Not Found" });
	said = get(&s, content_hash);
	assert_non_null(strstr(said, "404"));
	free(said);
	check_requests(&s, "W");
	said = get(&s, content_hash); /* nobody listens */
	assert_non_null(strstr(said, "cannot download"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_cut, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_resume_later, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_restart, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_wrong, prepare, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
