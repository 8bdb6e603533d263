// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/progress.h"
#include "rundir.h"

#define RECORDS_MAX   (256LL << 20) /* also the bound of any file that the machine writes */
#define CONSOLE_MAX   (16LL << 20)
#define LEAVE_MS      60000 /* to power off after the last record: old mpt3sas takes 15 s itself */
#define DIE_MS	      10000 /* to print a trace and restart after a panic */
#define LOOK_AGAIN_MS 1000
#define STOP_MS	      1000 /* from TERM to KILL */
#define TAIL_LINES    10
#define LOG_MAX	      500
#define FULL_DISK     (1LL << 20)
#define MESSAGE_MAX   1000

static char *path_in(const struct boot *b, const char *name)
{
	return xasprintf("%s/%s", b->guest->run_path, name);
}

static const char *workload_name(const struct boot *b)
{
	return b->phase == BOOT_WORKLOAD ? b->guest->workloads[b->workload] : "";
}

/* CPU time that a process has used; 0 when it cannot be told. */
static int64_t process_ms(int64_t pid)
{
	enum { USER = 11, SYSTEM = 12 }; /* fields behind the name, which may contain anything */
	char *path = xasprintf("/proc/%" PRId64 "/stat", pid);
	struct strbuf text = STRBUF_INIT;
	struct strvec fields = STRVEC_INIT;
	const char *name_end = NULL;
	int64_t ticks = 0;

	if (pid > 0 && file_read_optional(path, &text) == 0)
		name_end = strrchr(text.data, ')');
	if (name_end)
		strvec_split(&fields, name_end + 1, " ");
	if (fields.count > SYSTEM)
		ticks = strtoll(fields.items[USER], NULL, 10) +
			strtoll(fields.items[SYSTEM], NULL, 10);
	strvec_release(&fields);
	strbuf_release(&text);
	free(path);
	return ticks * 1000 / sysconf(_SC_CLK_TCK);
}

/* CPU time of the machine: its process, and those that this one runs (QEMU, below a device). */
static int64_t cpu_ms(const struct boot *b)
{
	char *path = xasprintf("/proc/%d/task/%d/children", (int)b->proc.pid, (int)b->proc.pid);
	struct strbuf text = STRBUF_INIT;
	struct strvec children = STRVEC_INIT;
	int64_t ms = process_ms(b->proc.pid);

	if (b->proc.pid > 0 && file_read_optional(path, &text) == 0)
		strvec_split(&children, text.data, " ");
	for (size_t i = 0; i < children.count; i++)
		ms += process_ms(strtoll(children.items[i], NULL, 10));
	strvec_release(&children);
	strbuf_release(&text);
	free(path);
	return ms;
}

static void set_deadline(struct boot *b, int64_t ms)
{
	b->phase_ms = clock_ms();
	b->phase_cpu_ms = cpu_ms(b);
	b->timeout_ms = ms;
	b->deadline_ms = b->phase_ms + ms;
}

/* A guest on the instruction clock is not slow because the host is busy with something else. */
static bool time_is_up(struct boot *b)
{
	int64_t now = clock_ms();

	if (now < b->deadline_ms)
		return false;
	if (now - b->phase_ms >= b->timeout_ms * b->guest->patience ||
	    cpu_ms(b) - b->phase_cpu_ms >= b->timeout_ms)
		return true;
	b->deadline_ms = now + LOOK_AGAIN_MS;
	return false;
}

/*
 * Start.
 */

/* Shared memory is a file as well, and must fit. */
static int64_t files_max(const struct boot *b)
{
	return b->guest->shared_bytes > RECORDS_MAX ? b->guest->shared_bytes : RECORDS_MAX;
}

/* In the child: a guest that floods meets a limit even when kab is gone. */
static int limit_files(void *ctx)
{
	rlim_t bytes = (rlim_t)files_max(ctx);
	const struct rlimit size = { bytes, bytes };
	const struct rlimit core = { 0, 0 };

	return setrlimit(RLIMIT_FSIZE, &size) < 0 || setrlimit(RLIMIT_CORE, &core) < 0 ? -1 : 0;
}

static int open_log(const struct boot *b)
{
	char *path = path_in(b, "qemu.log");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		error("cannot write \"%s\":", path);
	free(path);
	return fd;
}

static int open_outputs(struct boot *b)
{
	char *records = path_in(b, "records.bin");
	char *console = path_in(b, "console.log");
	int result = -1;

	if (stream_open(&b->stream, records) == 0 && console_open(&b->console, console) == 0)
		result = 0;
	free(console);
	free(records);
	return result;
}

int boot_start(struct boot *b, struct guest *guest)
{
	int log;

	*b = (struct boot){ .guest = guest, .stream.fd = -1, .console.fd = -1 };
	b->stream.pending = b->console.line = (struct strbuf)STRBUF_INIT;
	outcome_init(&b->outcome);
	guest->state = GUEST_RUNNING;
	b->started_ms = clock_ms();
	if (guest->wall_clock)
		noise_read(&b->noise);
	set_deadline(b, guest->boot_timeout_ms);
	b->proc = (struct proc){ .argv = guest->argv, .pidfd = -1 };
	if (open_outputs(b) < 0)
		return -1;
	log = open_log(b);
	if (log < 0)
		return -1;
	b->proc.out = log;
	b->proc.err = PROC_STDOUT;
	b->proc.setup = limit_files;
	b->proc.setup_ctx = b;
	if (proc_start(&b->proc) < 0) {
		outcome_add(&b->outcome, "", "start-failed", "failure", "cannot run \"%s\"",
			    guest->argv[0]);
		b->proc.pidfd = -1;
		b->given_up = true;
	}
	close(log);
	return 0;
}

bool boot_ended(struct boot *b)
{
	return b->proc.pidfd < 0 || proc_wait(&b->proc, 0) == 0;
}

/* Ends a machine that is not worth waiting for; the finding has been added. */
static void give_up(struct boot *b)
{
	b->given_up = true;
	if (b->proc.pidfd >= 0)
		proc_stop(&b->proc, STOP_MS);
}

/*
 * Records.
 */
__attribute__((format(printf, 2, 3))) static void corrupt(struct boot *b, const char *fmt, ...)
{
	struct strbuf why = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	outcome_add(&b->outcome, workload_name(b), "corrupt-record", "failure",
		    "record %" PRIu32 " near byte %" PRId64 ": %s", b->stream.sequence,
		    b->stream.offset, why.data);
	strbuf_release(&why);
	give_up(b);
}

static int on_hello(struct boot *b, const struct record *rec)
{
	(void)rec;
	if (b->phase != BOOT_STARTING) {
		corrupt(b, "a second hello");
		return 0;
	}
	b->outcome.first_record_ms = clock_ms() - b->started_ms;
	b->phase = BOOT_BETWEEN;
	set_deadline(b, b->guest->boot_timeout_ms);
	return 0;
}

static int on_begin(struct boot *b, const struct record *rec)
{
	const char *next = b->guest->workloads[b->workload];

	if (b->phase != BOOT_BETWEEN || !next || strcmp(next, rec->name) != 0) {
		corrupt(b, "unexpected begin of \"%s\"", rec->name);
		return 0;
	}
	b->phase = BOOT_WORKLOAD;
	set_deadline(b, b->guest->timeout_ms[b->workload]);
	return 0;
}

static int on_file(struct boot *b, const struct record *rec)
{
	int result = rundir_add_file(b->guest->run_path, rec->name, rec->data, rec->data_len);

	if (result == 1)
		corrupt(b, "unacceptable or repeated file \"%s\"", rec->name);
	return result < 0 ? -1 : 0;
}

/* "KIND message": what the agent noticed. Only "note" and "warning" leave the figures valid. */
static int on_finding(struct boot *b, const struct record *rec)
{
	char *text = xstrndup(rec->data, rec->data_len);
	char *message = text + strcspn(text, " ");
	const char *severity = "failure";

	if (*message)
		*message++ = '\0';
	if (!strcmp(text, "note") || !strcmp(text, "warning"))
		severity = text;
	outcome_add(&b->outcome, rec->name, *text ? text : "finding", severity, "%.*s", MESSAGE_MAX,
		    message);
	free(text);
	return 0;
}

static int on_end(struct boot *b, const struct record *rec)
{
	if (b->phase != BOOT_WORKLOAD || strcmp(workload_name(b), rec->name) != 0) {
		corrupt(b, "unexpected end of \"%s\"", rec->name);
		return 0;
	}
	/* The agent has sent the reason before, if it knows one. */
	if ((rec->data_len != 2 || memcmp(rec->data, "ok", 2) != 0) &&
	    !outcome_has(&b->outcome, rec->name, NULL))
		outcome_add(&b->outcome, rec->name, "workload-failed", "failure",
			    "the workload did not end well");
	b->phase = BOOT_BETWEEN;
	b->workload++;
	set_deadline(b, b->guest->boot_timeout_ms);
	return 0;
}

static int on_done(struct boot *b, const struct record *rec)
{
	(void)rec;
	if (b->phase != BOOT_BETWEEN) {
		corrupt(b, "unexpected end of the job");
		return 0;
	}
	for (char *const *w = b->guest->workloads + b->workload; *w; w++)
		outcome_add(&b->outcome, *w, "workload-failed", "failure",
			    "the guest left the workload out");
	b->phase = BOOT_LEAVING;
	set_deadline(b, LEAVE_MS);
	return 0;
}

static int (*const handlers[])(struct boot *b, const struct record *rec) = {
	[RECORD_HELLO] = on_hello,     [RECORD_BEGIN] = on_begin, [RECORD_FILE] = on_file,
	[RECORD_FINDING] = on_finding, [RECORD_END] = on_end,	  [RECORD_DONE] = on_done,
};

static int take_record(struct boot *b, const struct record *rec)
{
	if (b->phase == BOOT_STARTING && rec->type != RECORD_HELLO)
		corrupt(b, "the first record is no hello");
	else if (b->phase == BOOT_LEAVING)
		corrupt(b, "a record behind the last one");
	else
		return handlers[rec->type](b, rec);
	return 0;
}

/* After a corrupt record nothing more is taken: what follows cannot be trusted either. */
static int take_records(struct boot *b)
{
	struct record rec;
	const char *why = "";
	int result = 0;

	while (!result && !b->given_up) {
		enum record_result got = stream_next(&b->stream, &rec, &why);

		if (got == RECORD_MORE)
			break;
		if (got == RECORD_CORRUPT)
			corrupt(b, "%s", why);
		else
			result = take_record(b, &rec);
	}
	return result;
}

/*
 * The console.
 */
static int follow_console(struct boot *b)
{
	bool was_dying = b->console.dying;
	int64_t n;

	do
		n = console_follow(&b->console, &b->outcome);
	while (n > 0 && b->console.bytes <= CONSOLE_MAX);
	if (n < 0)
		return -1;
	if (b->console.dying && !was_dying)
		set_deadline(b, DIE_MS);
	if (b->console.bytes > CONSOLE_MAX && !b->given_up) {
		outcome_add(&b->outcome, workload_name(b), "flood", "failure",
			    "more than %lld MiB on the console", CONSOLE_MAX >> 20);
		give_up(b);
	}
	return 0;
}

/*
 * Records are read before the console and taken after it: then the console holds all that was said
 * before them, and the cause (an out-of-memory kill) is found before the consequence (a workload
 * that failed).
 */
int boot_follow(struct boot *b)
{
	int64_t n;

	do {
		n = stream_fill(&b->stream);
		if (n < 0 || follow_console(b) < 0 || take_records(b) < 0)
			return -1;
	} while (n > 0 && !b->given_up);
	return 0;
}

/*
 * Time.
 */
static void add_hang(struct boot *b)
{
	struct strbuf message = STRBUF_INIT;
	char *console = path_in(b, "console.log");

	strbuf_adds(&message, b->phase == BOOT_STARTING	  ? "no first record"
			      : b->phase == BOOT_WORKLOAD ? "the workload did not end"
							  : "the agent went silent");
	strbuf_addf(&message, " within %g s", (double)b->timeout_ms / 1000);
	console_tail(console, TAIL_LINES, &message);
	outcome_add(&b->outcome, workload_name(b), "hang", "failure", "%s", message.data);
	free(console);
	strbuf_release(&message);
}

int boot_check_deadline(struct boot *b)
{
	if (b->given_up || !time_is_up(b))
		return 0;
	/* The record may have come in time, and kab be late. */
	if (boot_follow(b) < 0)
		return -1;
	if (b->given_up || !time_is_up(b))
		return 0;
	if (b->phase == BOOT_LEAVING)
		outcome_add(&b->outcome, "", "hang", "warning",
			    "the guest did not power off after its last record");
	else if (!b->console.dying)
		add_hang(b);
	give_up(b);
	return 0;
}

/*
 * The end.
 */

/* What the machine itself had to say, or how it ended. */
static void add_last_words(const struct boot *b, struct strbuf *out)
{
	struct strbuf log = STRBUF_INIT;
	char *path = path_in(b, "qemu.log");

	if (file_read_optional(path, &log) == 0)
		strbuf_rtrim(&log);
	if (log.len)
		strbuf_addf(out, ": %.*s", LOG_MAX, log.data);
	strbuf_release(&log);
	free(path);
}

static void judge_exit(struct boot *b)
{
	struct strbuf message = STRBUF_INIT;
	bool silent = b->phase == BOOT_STARTING && !b->console.bytes;
	int status = b->proc.status;

	strbuf_addf(&message, "%s: ", b->guest->argv[0]);
	proc_describe(&b->proc, &message);
	add_last_words(b, &message);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		outcome_add(&b->outcome, workload_name(b), "flood", "failure",
			    "more than %" PRId64 " MiB of records", files_max(b) >> 20);
	else if (!proc_ok(&b->proc) && silent)
		outcome_add(&b->outcome, "", "start-failed", "failure", "%s", message.data);
	else if (!proc_ok(&b->proc))
		outcome_add(&b->outcome, workload_name(b), "machine-died",
			    b->phase == BOOT_LEAVING ? "warning" : "failure", "%s", message.data);
	strbuf_release(&message);
}

static void judge(struct boot *b)
{
	size_t rest = stream_rest(&b->stream);

	if (b->given_up)
		return;
	judge_exit(b);
	if (rest && !b->outcome.failed)
		outcome_add(&b->outcome, workload_name(b), "truncated-record", "failure",
			    "the stream ends %zu bytes into record %" PRIu32, rest,
			    b->stream.sequence);
	if (b->phase != BOOT_LEAVING && !b->outcome.failed)
		outcome_add(&b->outcome, workload_name(b), "early-poweroff", "failure",
			    "the guest went away before its job was through");
}

/*
 * QEMU drops what it cannot write. On a full disk a bad stream says nothing about the guest, and
 * the run must be made again.
 */
static int check_disk(const struct boot *b)
{
	int64_t left = disk_free(b->guest->run_path);

	if (!b->outcome.failed || left < 0 || left >= FULL_DISK)
		return 0;
	return error("no space left for \"%s\"", b->guest->run_path);
}

static void release(struct boot *b)
{
	stream_close(&b->stream);
	console_close(&b->console);
	outcome_release(&b->outcome);
}

/* By the rule, whatever the figures are. A boot that went wrong is not repeated for noise. */
static int record_noise(struct boot *b)
{
	char *path = path_in(b, "noise.json");
	struct json_object *rates = noise_since(&b->noise);
	struct strbuf why = STRBUF_INIT;
	int result = json_write(path, rates);

	if (noise_disturbs(rates, &why) && !b->outcome.failed) {
		b->guest->disturbed = true;
		outcome_add(&b->outcome, "", "disturbed",
			    b->guest->last_try ? "warning" : "failure",
			    "the host was not quiet: %s", why.data);
	}
	strbuf_release(&why);
	json_object_put(rates);
	free(path);
	return result;
}

int boot_finish(struct boot *b)
{
	struct strbuf how = STRBUF_INIT;
	int result = -1;

	b->outcome.wall_ms = clock_ms() - b->started_ms;
	if (boot_follow(b) < 0)
		goto out;
	judge(b);
	if (check_disk(b) < 0)
		goto out;
	if (b->guest->wall_clock && record_noise(b) < 0)
		goto out;
	if (b->proc.pid > 0)
		proc_describe(&b->proc, &how);
	b->outcome.exit = strbuf_detach(&how);
	if (outcome_write(&b->outcome, b->guest->run_path) < 0 ||
	    rundir_complete(b->guest->run_path) < 0)
		goto out;
	b->guest->wall_ms = b->outcome.wall_ms;
	b->guest->state = b->outcome.failed ? GUEST_FAILED : GUEST_OK;
	result = 0;
out:
	strbuf_release(&how);
	if (result < 0)
		b->guest->state = GUEST_INTERRUPTED;
	release(b);
	return result;
}

void boot_abandon(struct boot *b)
{
	if (b->proc.pidfd >= 0)
		proc_stop(&b->proc, STOP_MS);
	b->guest->state = GUEST_INTERRUPTED;
	release(b);
}

void boot_describe(const struct boot *b, struct strbuf *out)
{
	strbuf_addf(out, "%s ", b->guest->label);
	if (b->phase == BOOT_STARTING)
		strbuf_adds(out, "starting");
	else
		strbuf_addf(out, "%" PRId64 " s", (clock_ms() - b->started_ms) / 1000);
}
