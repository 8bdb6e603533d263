// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each child leads a process group of its own. PR_SET_PDEATHSIG reaches the child only, not the
 * compilers below a make; for them the group has a second member, the guard: it holds the read
 * end of a pipe whose only write end is kab's, and kills the group when kab is gone, whichever
 * way that came about. As a member it also keeps the group's number from being used again.
 *
 * PR_SET_PDEATHSIG fires when the thread that forked ends. kab has one thread.
 */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"
#include "progress.h"

#define GRACE_MS     3000
#define READ_MAX     (64 << 10)
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* How far a child got; sent through the report pipe when it gets no further. */
enum stage { STAGE_STREAMS, STAGE_DIR, STAGE_SETUP, STAGE_EXEC };

struct report {
	enum stage stage;
	int err;
};

/* One of the child's three standard streams. */
struct stream {
	int mine;    /* kab's end of a pipe, or -1 */
	int childs;  /* what the child gets, or -1: keep kab's own */
	bool opened; /* childs was opened here, and is closed here */
};

struct launch {
	struct stream streams[3];
	int report[2];
	int leash[2]; /* the guard's pipe */
};

/*
 * interrupts: signal handlers leave no other way than globals.
 */
static volatile sig_atomic_t was_interrupted;
static int interrupt_pipe[2] = { -1, -1 };

static void on_interrupt(int sig)
{
	int saved = errno;
	ssize_t ignored;

	(void)sig;
	was_interrupted = 1;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	ignored = write(interrupt_pipe[1], "", 1);
	(void)ignored;
	errno = saved;
}

int interrupt_setup(void)
{
	struct sigaction sa = { .sa_handler = on_interrupt, .sa_flags = SA_RESTART };

	if (interrupt_pipe[0] < 0 && pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return error("cannot make a pipe:");
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGINT);
	sigaddset(&sa.sa_mask, SIGTERM);
	if (sigaction(SIGINT, &sa, NULL) < 0 || sigaction(SIGTERM, &sa, NULL) < 0)
		return error("cannot catch signals:");
	return 0;
}

bool interrupted(void)
{
	return was_interrupted;
}

int interrupt_fd(void)
{
	return interrupt_pipe[0];
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool executable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* The file to execute, for the caller to free; NULL when PATH has none. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return xstrdup(name);
	if (!path)
		path = DEFAULT_PATH;
	for (;;) {
		size_t len = strcspn(path, ":");
		char *candidate;

		/* An empty entry means the working directory, by tradition. */
		candidate =
			len ? xasprintf("%.*s/%s", (int)len, path, name) : xasprintf("./%s", name);
		if (executable(candidate))
			return candidate;
		free(candidate);
		if (!path[len])
			return NULL;
		path += len + 1;
	}
}

bool proc_available(const char *name)
{
	char *path = find_program(name);
	bool found = path && executable(path);

	free(path);
	return found;
}

/*
 * The child, between fork and exec.
 */
static void reset_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* Fails for those that cannot be changed, which need no reset. */
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before the line above, and will then send nothing. */
	if (getppid() != parent)
		_exit(127);
}

/* Puts the streams in place; -1 with errno. */
static int child_streams(const struct launch *l)
{
	int high[3];

	/* First out of the way: a source may itself be one of 0, 1 and 2. */
	for (int i = 0; i < 3; i++) {
		int from = l->streams[i].childs < 0 ? i : l->streams[i].childs;

		high[i] = fcntl(from, F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], i) < 0)
			return -1;
	/* What kab's own parent left open is nobody's business below. Fails on old kernels only. */
	syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
	return 0;
}

static int child_exec(const struct proc *p)
{
	char *path;

	for (char *const *env = p->env; env && *env; env++)
		putenv(*env);
	path = find_program(p->argv[0]);
	if (!path) {
		errno = ENOENT;
		return -1;
	}
	/* Not execvp(): that one hands a file of unknown format to a shell. */
	return execv(path, p->argv);
}

static enum stage child_steps(const struct proc *p, const struct launch *l, pid_t parent)
{
	if (child_streams(l) < 0)
		return STAGE_STREAMS;
	if (p->dir && chdir(p->dir) < 0)
		return STAGE_DIR;
	if (p->setup && p->setup(p->setup_ctx) < 0)
		return STAGE_SETUP;
	/* A change of credentials, as in a new user namespace, clears it. */
	die_with(parent);
	child_exec(p);
	return STAGE_EXEC;
}

static _Noreturn void child_main(const struct proc *p, struct launch *l, pid_t parent)
{
	struct report report = { 0 };
	ssize_t ignored;

	setpgid(0, 0);
	die_with(parent);
	reset_signals();
	/* 0, 1 and 2 are about to be overwritten, and may be in use when kab was started without. */
	l->report[1] = fcntl(l->report[1], F_DUPFD_CLOEXEC, 3);
	report.stage = child_steps(p, l, parent);
	report.err = errno;
	ignored = write(l->report[1], &report, sizeof(report));
	(void)ignored;
	_exit(127);
}

static _Noreturn void guard_main(int leash, pid_t group)
{
	char c;

	/* Signals are still blocked: TERM to the group is not meant for the guard. */
	if (getpgrp() != group && setpgid(0, group) < 0)
		_exit(127); /* it must never kill a group that is not the child's */
	prctl(PR_SET_NAME, "kab-guard");
	if (dup2(leash, 0) == 0) {
		/* No pipe of kab's may stay open because the guard has it. */
		syscall(SYS_close_range, 1U, ~0U, 0U);
		while (read(0, &c, 1) < 0 && errno == EINTR)
			;
	}
	kill(-group, SIGKILL);
	_exit(0);
}

/*
 * The parent.
 */
static int open_pipe(struct stream *s, bool child_reads)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error("cannot make a pipe:");
	s->childs = fds[child_reads ? 0 : 1];
	s->mine = fds[child_reads ? 1 : 0];
	s->opened = true;
	return 0;
}

static int open_stream(struct stream *s, int index, int wish)
{
	switch (wish) {
	case PROC_INHERIT:
		return 0;
	case PROC_PIPE:
		return open_pipe(s, index == 0);
	case PROC_NULL:
		s->childs = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (s->childs < 0)
			return error("cannot open \"/dev/null\":");
		s->opened = true;
		return 0;
	default:
		s->childs = wish;
		return 0;
	}
}

static int open_streams(const struct proc *p, struct stream streams[3])
{
	if (open_stream(&streams[0], 0, p->in ? p->in : PROC_NULL) < 0 ||
	    open_stream(&streams[1], 1, p->out ? p->out : PROC_INHERIT) < 0)
		return -1;
	if (p->err == PROC_STDOUT) {
		streams[2].childs = streams[1].childs < 0 ? STDOUT_FILENO : streams[1].childs;
		return 0;
	}
	return open_stream(&streams[2], 2, p->err ? p->err : PROC_INHERIT);
}

/* Everything but what stays open in the parent while the child runs. */
static void close_childs_side(struct launch *l)
{
	for (int i = 0; i < 3; i++)
		if (l->streams[i].opened)
			close_fd(&l->streams[i].childs);
	close_fd(&l->report[0]);
	close_fd(&l->report[1]);
	close_fd(&l->leash[0]);
}

static void close_parents_side(struct launch *l)
{
	for (int i = 0; i < 3; i++)
		close_fd(&l->streams[i].mine);
	close_fd(&l->leash[1]);
}

/* Forks the child and its guard with all signals blocked, so that no handler runs in them. */
static int fork_both(struct proc *p, struct launch *l)
{
	pid_t parent = getpid();
	sigset_t all, old;
	int saved;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	p->pid = fork();
	if (!p->pid)
		child_main(p, l, parent);
	if (p->pid > 0) {
		/* Both sides do it, as nobody knows who is first. */
		setpgid(p->pid, p->pid);
		p->guard = fork();
		if (!p->guard)
			guard_main(l->leash[0], p->pid);
		if (p->guard > 0)
			setpgid(p->guard, p->pid);
	}
	saved = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return p->pid < 0 || p->guard < 0 ? -1 : 0;
}

static pid_t reap_pid(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Kills what is left of the group, the guard too, and collects both. */
static void reap(struct proc *p)
{
	if (p->guard > 0 && p->pid > 0)
		kill(-p->pid, SIGKILL);
	close_fd(&p->leash);
	if (reap_pid(p->pid, &p->status) < 0)
		p->status = 0xff00; /* somebody else reaped it: not known, so not a success */
	if (p->guard > 0)
		reap_pid(p->guard, NULL);
	p->guard = 0;
	close_fd(&p->pidfd);
}

static void say_report(const struct proc *p, const struct report *report)
{
	static const char *const what[] = {
		[STAGE_STREAMS] = "cannot set up the streams of",
		[STAGE_SETUP] = "cannot prepare the environment of",
		[STAGE_EXEC] = "cannot run",
	};

	errno = report->err;
	if (report->stage == STAGE_DIR)
		error("cannot run \"%s\" in \"%s\":", p->argv[0], p->dir);
	else
		error("%s \"%s\":", what[report->stage], p->argv[0]);
}

/* Returns once the child has become its program: 0, or -1 with an error printed. */
static int await_exec(const struct proc *p, struct launch *l)
{
	struct report report;
	ssize_t n;

	close_fd(&l->report[1]);
	do
		n = read(l->report[0], &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	if (!n)
		return 0;
	if (n == sizeof(report))
		say_report(p, &report);
	else
		error("cannot read from the child \"%s\":", p->argv[0]);
	return -1;
}

/* Appends an argument so that it can be pasted into a shell. */
static void add_quoted(struct strbuf *out, const char *arg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=:,./@%";

	if (*arg && !arg[strspn(arg, plain)]) {
		strbuf_adds(out, arg);
		return;
	}
	strbuf_addch(out, '\'');
	for (; *arg; arg++) {
		if (*arg == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addch(out, *arg);
	}
	strbuf_addch(out, '\'');
}

static void say_command(const struct proc *p)
{
	struct strbuf line = STRBUF_INIT;

	if (log_level_get() != LOG_VERBOSE)
		return;
	for (char *const *arg = p->argv; *arg; arg++) {
		strbuf_addch(&line, ' ');
		add_quoted(&line, *arg);
	}
	verbose("+%s%s%s%s", line.data, p->dir ? " (in " : "", p->dir ? p->dir : "",
		p->dir ? ")" : "");
	strbuf_release(&line);
}

/* Opens and forks; what is open and running when it fails, the caller ends. */
static int launch(struct proc *p, struct launch *l)
{
	if (open_streams(p, l->streams) < 0)
		return -1;
	if (pipe2(l->report, O_CLOEXEC) < 0 || pipe2(l->leash, O_CLOEXEC) < 0)
		return error("cannot make a pipe:");
	if (fork_both(p, l) < 0)
		return error("cannot start \"%s\":", p->argv[0]);
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->pidfd < 0)
		return error("cannot watch \"%s\":", p->argv[0]);
	return await_exec(p, l);
}

int proc_start(struct proc *p)
{
	static const struct stream none = { -1, -1, false };
	struct launch l = { { none, none, none }, { -1, -1 }, { -1, -1 } };
	int *wishes[] = { &p->in, &p->out, &p->err };

	p->pid = 0;
	p->pidfd = -1;
	p->guard = 0;
	p->leash = -1;
	p->status = 0;
	say_command(p);
	if (launch(p, &l) < 0) {
		if (p->pid > 0) {
			kill(p->pid, SIGKILL);
			reap(p);
		}
		p->pid = 0;
		close_childs_side(&l);
		close_parents_side(&l);
		return -1;
	}
	p->leash = l.leash[1];
	for (int i = 0; i < 3; i++)
		if (l.streams[i].mine >= 0)
			*wishes[i] = l.streams[i].mine;
	close_childs_side(&l);
	return 0;
}

static bool running(const struct proc *p)
{
	return p->pid > 0 && p->pidfd >= 0;
}

/* Milliseconds until the deadline, for poll(); a negative deadline never comes. */
static int remaining(int64_t deadline)
{
	int64_t left;

	if (deadline < 0)
		return -1;
	left = deadline - clock_ms();
	return left > 0 ? (int)left : 0;
}

static int64_t deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
}

/* 0 when it has ended, 1 when not (in time, or before the interruption), -1 on error. */
static int await_end(const struct proc *p, int timeout_ms, int wake_fd)
{
	struct pollfd fds[] = { { .fd = p->pidfd, .events = POLLIN },
				{ .fd = wake_fd, .events = POLLIN } };
	int64_t deadline = deadline_after(timeout_ms);
	int n;

	do
		n = poll(fds, 2, remaining(deadline));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error("cannot wait for \"%s\":", p->argv[0]);
	return fds[0].revents ? 0 : 1;
}

int proc_wait(struct proc *p, int timeout_ms)
{
	int result;

	if (!running(p))
		return 0;
	result = await_end(p, timeout_ms, interrupt_fd());
	if (!result)
		reap(p);
	return result;
}

void proc_stop(struct proc *p, int grace_ms)
{
	if (!running(p))
		return;
	kill(-p->pid, SIGTERM);
	/* A stopped process would keep the signal for later. */
	kill(-p->pid, SIGCONT);
	if (await_end(p, grace_ms < 0 ? 0 : grace_ms, -1))
		kill(-p->pid, SIGKILL);
	reap(p);
}

bool proc_ok(const struct proc *p)
{
	return p->pid > 0 && p->pidfd < 0 && WIFEXITED(p->status) && !WEXITSTATUS(p->status);
}

void proc_describe(const struct proc *p, struct strbuf *out)
{
	if (p->pid <= 0)
		strbuf_adds(out, "not started");
	else if (p->pidfd >= 0)
		strbuf_adds(out, "still running");
	else if (WIFSIGNALED(p->status))
		strbuf_addf(out, "killed by signal %d (%s)", WTERMSIG(p->status),
			    strsignal(WTERMSIG(p->status)));
	else
		strbuf_addf(out, "exit status %d", WEXITSTATUS(p->status));
}

/* Ends a child that did not end by itself; says so unless it was kab that was interrupted. */
static int give_up(struct proc *p, int timeout_ms)
{
	proc_stop(p, GRACE_MS);
	if (!interrupted())
		error("\"%s\" was stopped: not finished after %g s", p->argv[0],
		      timeout_ms / 1000.0);
	return -1;
}

int proc_run(struct proc *p, int timeout_ms)
{
	int result;

	if (proc_start(p) < 0)
		return -1;
	result = proc_wait(p, timeout_ms);
	if (result > 0)
		return give_up(p, timeout_ms);
	if (result < 0)
		proc_stop(p, GRACE_MS);
	return !result && proc_ok(p) ? 0 : -1;
}

/* A pipe that is being collected. */
struct sink {
	int fd; /* -1 when at its end */
	struct strbuf *out;
};

/* Reads what is there, without waiting. Returns 0, or -1 with an error printed. */
static int drain(struct sink *s)
{
	while (s->fd >= 0) {
		ssize_t n = strbuf_read_once(s->out, s->fd, READ_MAX);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			error("cannot read from a pipe:");
		if (n <= 0)
			close_fd(&s->fd);
		if (n < 0)
			return -1;
	}
	return 0;
}

/*
 * Fills the sinks until the child has ended: not until the end of the pipes, which something
 * that the child left behind may hold open. Returns as proc_wait() does.
 */
static int collect(struct proc *p, struct sink sinks[2], int timeout_ms)
{
	int64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		struct pollfd fds[] = { { .fd = p->pidfd, .events = POLLIN },
					{ .fd = interrupt_fd(), .events = POLLIN },
					{ .fd = sinks[0].fd, .events = POLLIN },
					{ .fd = sinks[1].fd, .events = POLLIN } };
		int n = poll(fds, 4, remaining(deadline));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("cannot wait for \"%s\":", p->argv[0]);
		/* pidfd was looked at before this: what the child wrote is in the pipes. */
		if (drain(&sinks[0]) < 0 || drain(&sinks[1]) < 0)
			return -1;
		if (fds[0].revents) {
			reap(p);
			return 0;
		}
		if (fds[1].revents || !remaining(deadline))
			return 1;
	}
}

int proc_capture(char *const *argv, struct strbuf *out, struct strbuf *err, int timeout_ms)
{
	struct proc p = { .argv = argv, .out = PROC_PIPE, .err = err ? PROC_PIPE : PROC_NULL };
	struct sink sinks[2] = { { -1, out }, { -1, err } };
	int result;

	if (proc_start(&p) < 0)
		return -1;
	sinks[0].fd = p.out;
	fcntl(p.out, F_SETFL, O_NONBLOCK);
	if (err) {
		sinks[1].fd = p.err;
		fcntl(p.err, F_SETFL, O_NONBLOCK);
	}
	result = collect(&p, sinks, timeout_ms);
	if (result > 0)
		result = give_up(&p, timeout_ms);
	else if (result < 0)
		proc_stop(&p, GRACE_MS);
	else if (!proc_ok(&p))
		result = -1;
	close_fd(&sinks[0].fd);
	close_fd(&sinks[1].fd);
	return result;
}
