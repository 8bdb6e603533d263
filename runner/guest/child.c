// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 600

/* Streams of the child: nothing to read, everything it says into one file. */
static int redirect(posix_spawn_file_actions_t *actions, const char *output)
{
	int err = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (!err)
		err = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, output,
						       O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (!err)
		err = posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, STDERR_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addchdir_np(actions, "/tmp");
	return err;
}

/* PID 1 inherits orphans: they are reaped on the way to the child that is waited for. */
static int wait_for(pid_t pid, int *status)
{
	for (;;) {
		pid_t ended = wait(status);

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -1;
	}
}

int child_run(const char *const *argv, const char *device, const char *output, int *status)
{
	/*
	 * DM_DISABLE_UDEV: there is no udev, dmsetup makes the device nodes itself. The rest is
	 * fixed so that nothing of the host or the kernel's defaults reaches a program.
	 */
	char device_env[128] = "KAB_DEVICE=";
	const char *const env[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "LC_ALL=C", "DM_DISABLE_UDEV=1",
		device ? device_env : NULL,	      NULL
	};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int err;

	if (device) {
		size_t used = strlen(device_env);

		if (strlen(device) >= sizeof(device_env) - used) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(device_env + used, device, strlen(device) + 1);
	}
	err = posix_spawn_file_actions_init(&actions);
	if (err) {
		errno = err;
		return -1;
	}
	err = redirect(&actions, output);
	if (!err)
		err = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)argv,
				  (char *const *)env);
	posix_spawn_file_actions_destroy(&actions);
	if (err) {
		errno = err;
		return -1;
	}
	return wait_for(pid, status);
}

bool child_ok(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void child_describe(int status, struct strbuf *out)
{
	if (WIFSIGNALED(status))
		strbuf_addf(out, "killed by signal %d", WTERMSIG(status));
	else
		strbuf_addf(out, "exit status %d", WEXITSTATUS(status));
}

void child_words(const char *text, struct strbuf *out)
{
	size_t begin = out->len;

	while (*text && out->len - begin < WORDS_MAX) {
		size_t indent = strspn(text, " \t\r\n");
		size_t line = strcspn(text + indent, "\r\n");
		size_t room = WORDS_MAX - (out->len - begin);

		if (line && out->len > begin)
			strbuf_adds(out, "; ");
		strbuf_add(out, text + indent, line < room ? line : room);
		text += indent + line;
	}
}
