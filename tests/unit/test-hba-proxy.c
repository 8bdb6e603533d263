// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture.h"
#include "runner/hba/proxy.h"
#include "runner/hba/qtest.h"

struct fixture {
	int ours, theirs;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	f->ours = fds[0];
	f->theirs = fds[1];
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->ours);
	if (f->theirs >= 0)
		close(f->theirs);
	free(f);
	return 0;
}

static void put_header(struct fixture *f, int32_t command, uint64_t size, const int *fds,
		       size_t fd_count)
{
	struct {
		int32_t command;
		uint32_t padding;
		uint64_t size;
	} h = { command, 0, size };
	struct iovec iov = { &h, sizeof(h) };
	union {
		char room[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd_count) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
	}
	assert_int_equal(sendmsg(f->theirs, &msg, 0), sizeof(h));
}

static void put(struct fixture *f, const void *data, size_t len)
{
	assert_int_equal(send(f->theirs, data, len, 0), len);
}

static enum proxy_result receive(struct fixture *f, struct proxy_message *m, char **said)
{
	enum proxy_result result;
	struct capture c;

	capture_begin(&c, STDERR_FILENO);
	result = proxy_receive(f->ours, m);
	*said = capture_end(&c);
	return result;
}

static void test_messages(void **state)
{
	const uint64_t bar[3] = { 0xfebf0030, 0x1234, 4 | 1ull << 32 };
	const uint32_t config[3] = { 0x14, 0xffffffff, 4 };
	struct fixture *f = *state;
	struct proxy_message m;

	put_header(f, 4, 24, NULL, 0);
	put(f, bar, sizeof(bar));
	put_header(f, 2, 12, NULL, 0);
	put(f, config, sizeof(config));
	put_header(f, 7, 0, NULL, 0);
	assert_int_equal(proxy_receive(f->ours, &m), PROXY_OK);
	assert_int_equal(m.command, PROXY_BAR_WRITE);
	assert_int_equal(m.bar.addr, 0xfebf0030);
	assert_int_equal(m.bar.value, 0x1234);
	assert_int_equal(m.bar.size, 4);
	assert_int_equal(proxy_receive(f->ours, &m), PROXY_OK);
	assert_int_equal(m.config.addr, 0x14);
	assert_int_equal(m.config.len, 4);
	assert_int_equal(proxy_receive(f->ours, &m), PROXY_OK);
	assert_int_equal(m.command, PROXY_DEVICE_RESET);
	close(f->theirs);
	f->theirs = -1;
	assert_int_equal(proxy_receive(f->ours, &m), PROXY_END);
}

static void test_descriptors(void **state)
{
	struct fixture *f = *state;
	int memory = memfd_create("m", MFD_CLOEXEC);
	const int fds[2] = { memory, memory };
	uint64_t payload[24] = { 0, 0x100000 };
	struct proxy_message m;

	payload[8] = 0xa0000;
	payload[16] = 0x2000;
	put_header(f, 0, 192, fds, 2);
	put(f, payload, sizeof(payload));
	assert_int_equal(proxy_receive(f->ours, &m), PROXY_OK);
	assert_int_equal(m.fd_count, 2);
	assert_int_equal(m.sysmem.gpa[1], 0x100000);
	assert_int_equal(m.sysmem.size[0], 0xa0000);
	assert_int_equal(m.sysmem.offset[0], 0x2000);
	assert_int_equal(lseek(m.fds[0], 0, SEEK_END), 0);
	assert_int_equal(lseek(m.fds[1], 0, SEEK_END), 0);
	proxy_release(&m);
	assert_int_equal(lseek(m.fds[1], 0, SEEK_END), -1);
	close(memory);
}

static void test_closed_within(void **state)
{
	struct fixture *f = *state;
	struct proxy_message m;
	enum proxy_result result;
	char *said;

	put_header(f, 4, 24, NULL, 0);
	put(f, "abc", 3);
	close(f->theirs);
	f->theirs = -1;
	result = receive(f, &m, &said);
	assert_int_equal(result, PROXY_BROKEN);
	assert_non_null(strstr(said, "closed within a message"));
	free(said);
}

static void test_closed_within_header(void **state)
{
	struct fixture *f = *state;
	struct proxy_message m;
	enum proxy_result result;
	char *said;

	put(f, "abc", 3);
	close(f->theirs);
	f->theirs = -1;
	result = receive(f, &m, &said);
	assert_int_equal(result, PROXY_BROKEN);
	assert_non_null(strstr(said, "closed within a message"));
	free(said);
}

/* Unknown commands, payloads of another size, and descriptors where none belong (no leak). */
static void test_not_messages(void **state)
{
	static const struct {
		int32_t command;
		uint64_t size;
		size_t fds;
	} bad[] = { { 8, 0, 0 }, { -1, 0, 0 }, { 4, 25, 0 }, { 0, UINT64_MAX, 0 }, { 7, 0, 1 } };
	struct fixture *f = *state;
	int fd = memfd_create("m", MFD_CLOEXEC);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct proxy_message m;
		enum proxy_result result;
		char *said;

		put_header(f, bad[i].command, bad[i].size, &fd, bad[i].fds);
		result = receive(f, &m, &said);
		assert_int_equal(result, PROXY_BROKEN);
		assert_int_equal(m.fd_count, 0);
		assert_non_null(strstr(said, "not a message"));
		free(said);
	}
	close(fd);
}

static void test_return(void **state)
{
	struct fixture *f = *state;
	uint64_t answer[3];

	assert_int_equal(proxy_return(f->ours, 0x1122334455667788), 0);
	assert_int_equal(recv(f->theirs, answer, sizeof(answer), 0), sizeof(answer));
	assert_int_equal((int32_t)answer[0], PROXY_RET);
	assert_int_equal(answer[1], 8);
	assert_int_equal(answer[2], 0x1122334455667788);
}

static void *answer_ok(void *arg)
{
	const struct fixture *f = arg;
	char line[64] = "";

	if (recv(f->theirs, line, sizeof(line) - 1, 0) > 0 &&
	    strcmp(line, "writel 0xfee01004 0x26\n") == 0)
		(void)!send(f->theirs, "OK\n", 3, 0);
	else
		(void)!send(f->theirs, "FAIL\n", 5, 0);
	return NULL;
}

static void test_qtest(void **state)
{
	struct fixture *f = *state;
	struct capture c;
	pthread_t thread;
	char *said;
	int result;

	assert_int_equal(pthread_create(&thread, NULL, answer_ok, f), 0);
	assert_int_equal(qtest_writel(f->ours, 0xfee01004, 0x26), 0);
	pthread_join(thread, NULL);
	put(f, "FAIL Unknown command\n", 21);
	capture_begin(&c, STDERR_FILENO);
	result = qtest_writel(f->ours, 0xfee01004, 0x26);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "FAIL Unknown command"));
	free(said);
	close(f->theirs);
	f->theirs = -1;
	capture_begin(&c, STDERR_FILENO);
	result = qtest_writel(f->ours, 0xfee01004, 0x26);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	free(said);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_messages),	  TEST(test_descriptors),
		TEST(test_closed_within), TEST(test_closed_within_header),
		TEST(test_not_messages),  TEST(test_return),
		TEST(test_qtest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
