// SPDX-License-Identifier: GPL-2.0-or-later
#include "kbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/cpus.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "runner/source/overlay.h"

#define VERSION_TIMEOUT_MS 10000
#define GRACE_MS	   5000
#define READ_MAX	   (64 << 10)
#define EXCERPT_LINES	   30
#define TAIL_LINES	   15
#define NO_SPACE	   "No space left on device"
/* Where Debian's ccache stands in for compilers under their own names. */
#define CCACHE_PROGRAMS "/usr/lib/ccache"
#define CCACHE_SIZE	"2G" /* some 20 configurations' objects */

/* What a kernel build calls, and the Debian package that has it. */
static const struct {
	const char *program;
	const char *package;
} tools[] = {
	{ "make", "make" }, { "gcc", "gcc" },	  { "ld", "binutils" },	  { "bc", "bc" },
	{ "flex", "flex" }, { "bison", "bison" }, { "lz4", "lz4" },	  { "patch", "patch" },
	{ "tar", "tar" },   { "xz", "xz-utils" }, { "env", "coreutils" },
};

/*
 * What would differ between two builds of the same source, fixed. LOCALVERSION is set but empty,
 * which keeps a git checkout from adding its "+" to the release.
 */
static const char *const environment[] = {
	"LC_ALL=C",
	"LOCALVERSION=",
	"KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 2026",
	"KBUILD_BUILD_USER=kab",
	"KBUILD_BUILD_HOST=kab",
	"KBUILD_BUILD_VERSION=1",
	"SOURCE_DATE_EPOCH=1767225600",
};

/* What the user's environment may say, besides PATH. */
static const char *const passed[] = { "HOME", "TMPDIR" };

/* Parts of lines that say what went wrong. */
static const char *const complaints[] = {
	": error: ",
	": fatal error: ",
	": undefined reference to ",
	": multiple definition of ",
	"ERROR: modpost: ",

	"internal compiler error",
	"Error: ",
};

int kbuild_check_tools(void)
{
	struct strbuf missing = STRBUF_INIT;
	int result = 0;

	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (!proc_available(tools[i].program))
			strbuf_addf(&missing, "%s \"%s\" (package %s)", missing.len ? "," : "",
				    tools[i].program, tools[i].package);
	if (missing.len)
		result = error("building a kernel needs programs that are not here:%s",
			       missing.data);
	strbuf_release(&missing);
	return result;
}

static char *version_line(const char *program)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	char *line = NULL;

	strvec_pushl(&argv, program, "--version", NULL);
	if (proc_capture(argv.items, &out, NULL, VERSION_TIMEOUT_MS) < 0)
		error("\"%s --version\" does not work", program);
	else
		line = xstrndup(out.data, strcspn(out.data, "\n"));
	strbuf_release(&out);
	strvec_release(&argv);
	return line;
}

int kbuild_compiler(char **compiler, char **linker)
{
	*compiler = version_line("gcc");
	*linker = *compiler ? version_line("ld") : NULL;
	if (*linker)
		return 0;
	free(*compiler);
	*compiler = NULL;
	return -1;
}

/*
 * PATH, with ccache first in it where there is one. The commands that make compares with those of
 * the layer then stay the same, and so do the identity and the bytes of a kernel. Nothing of the
 * user's own ccache is used: neither its settings, which may allow wrong hits, nor its objects.
 */
static void push_path(struct strvec *argv)
{
	const char *path = getenv("PATH");
	char *objects =
		access(CCACHE_PROGRAMS "/gcc", X_OK) == 0 ? path_cache("objects/ccache") : NULL;

	if (objects) {
		strvec_pushf(argv, "PATH=" CCACHE_PROGRAMS ":%s", path ? path : "/usr/bin:/bin");
		strvec_pushf(argv, "CCACHE_DIR=%s", objects);
		strvec_pushl(argv, "CCACHE_CONFIGPATH=/dev/null", "CCACHE_MAXSIZE=" CCACHE_SIZE,
			     NULL);
	} else if (path) {
		strvec_pushf(argv, "PATH=%s", path);
	}
	free(objects);
}

/* "env -i NAME=value... make ..." */
static void push_command(struct strvec *argv, bool dry, const char *const *targets)
{
	strvec_pushl(argv, "env", "-i", NULL);
	push_path(argv);
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (getenv(passed[i]))
			strvec_pushf(argv, "%s=%s", passed[i], getenv(passed[i]));
	for (size_t i = 0; i < sizeof(environment) / sizeof(*environment); i++)
		strvec_push(argv, environment[i]);
	strvec_push(argv, "make");
	strvec_pushf(argv, "-j%d", cpus_available());
	if (dry)
		strvec_push(argv, "-n");
	else
		strvec_push(argv, "-Otarget"); /* messages of two compilers do not mix */
	for (; *targets; targets++)
		strvec_push(argv, *targets);
}

/* The output of a make that runs. */
struct output {
	struct strbuf text; /* all of it, or of a dry run the line that is not complete */
	size_t counted;	    /* text before this is counted */
	int64_t objects;
	const char *mark; /* what a line that compiles an object has near its start */
	int log;	  /* descriptor, or -1 */
};

/* "  CC      mm/slub.o" and "  CC [M]  ...", or the echo of it in a dry run. */
static bool compiles(const char *line, size_t len, const char *mark)
{
	const char *at = memmem(line, len < 32 ? len : 32, mark, strlen(mark));

	return at && (mark[0] != ' ' || at == line);
}

static void count_lines(struct output *o)
{
	for (;;) {
		const char *line = o->text.data + o->counted;
		const char *end = memchr(line, '\n', o->text.len - o->counted);

		if (!end)
			return;
		o->objects += compiles(line, (size_t)(end - line), o->mark);
		o->counted += (size_t)(end - line) + 1;
	}
}

/* Writes what came last to the log; a log that cannot be written is not worth a build. */
static void append_log(struct output *o, size_t from)
{
	if (o->log < 0 || fd_write(o->log, o->text.data + from, o->text.len - from) == 0)
		return;
	warning("cannot write to the log:");
	close(o->log);
	o->log = -1;
}

/* Reads once. 1 when there may be more, 0 at the end, -1 with an error printed. */
static int read_output(struct output *o, int fd)
{
	size_t before = o->text.len;
	ssize_t n = strbuf_read_once(&o->text, fd, READ_MAX);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : error("cannot read from make:");
	append_log(o, before);
	count_lines(o);
	if (o->log < 0) {
		/* A dry run prints megabytes that nobody reads. */
		strbuf_consume(&o->text, o->counted);
		o->counted = 0;
	}
	return n > 0;
}

/* Reads until make closes its end. 0, 1 when interrupted, -1 with an error printed. */
static int follow(struct proc *make, struct output *o, struct progress *progress)
{
	struct pollfd fds[] = { { .fd = make->out, .events = POLLIN },
				{ .fd = interrupt_fd(), .events = POLLIN } };
	int more = 1;

	while (more > 0) {
		if (poll(fds, 2, 1000) < 0 && errno != EINTR)
			return error("cannot wait for make:");
		if (interrupted())
			return 1;
		if (fds[0].revents)
			more = read_output(o, make->out);
		if (progress && progress->total < o->objects)
			progress->total = o->objects;
		if (progress)
			progress_update(progress, o->objects);
	}
	return more;
}

/* Runs make to its end. 0, or -1: with an error printed when it could not run. */
static int run_make(const struct kbuild *k, const struct strvec *argv, struct output *o,
		    struct progress *progress)
{
	struct proc make = { .argv = argv->items, .out = PROC_PIPE, .err = PROC_STDOUT };
	int result;

	overlay_enter(k->tree, &make);
	if (proc_start(&make) < 0)
		return -1;
	result = follow(&make, o, progress);
	if (!result)
		result = proc_wait(&make, -1);
	if (result)
		proc_stop(&make, GRACE_MS);
	close(make.out);
	return !result && proc_ok(&make) ? 0 : -1;
}

/* The line after this one; the end of the text after the last. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/* True when this line has the words. */
static bool has(const char *line, const char *words)
{
	return memmem(line, strcspn(line, "\n"), words, strlen(words));
}

static bool complains(const char *line)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
		if (has(line, complaints[i]))
			return true;
	return false;
}

/* Lines of make and kbuild themselves, which end what a compiler says. */
static bool is_kbuild(const char *line)
{
	return !strncmp(line, "make", 4) ||
	       (line[0] == ' ' && line[1] == ' ' && line[2] >= 'A' && line[2] <= 'Z');
}

static void add_line(struct strbuf *out, const char *line)
{
	strbuf_addf(out, "\n  %.*s", (int)strcspn(line, "\n"), line);
}

/* The last lines: for failures that are not recognised. */
static void add_tail(const char *output, struct strbuf *out)
{
	const char *at = output + strlen(output);
	int lines = 0;

	while (at > output && lines <= TAIL_LINES)
		lines += *--at == '\n';
	if (at > output)
		at++;
	for (; *at; at = next_line(at))
		add_line(out, at);
}

void kbuild_excerpt(const char *output, struct strbuf *out)
{
	const char *before = NULL;
	bool within = false;
	int lines = 0;

	for (const char *line = output; *line; line = next_line(line)) {
		bool starts = complains(line);

		if (starts && !within && before && has(before, ": In function"))
			add_line(out, before);
		within = starts || (within && !is_kbuild(line));
		if (within && lines++ == EXCERPT_LINES) {
			strbuf_adds(out, "\n  ...");
			return;
		}
		if (within)
			add_line(out, line);
		before = line;
	}
	if (!lines)
		add_tail(output, out);
}

/* What the sources are to blame for, and not a compiler that died. A new string, or NULL. */
static char *find_fault(const char *output)
{
	for (const char *line = output; *line; line = next_line(line))
		if (complains(line) && !has(line, "internal compiler error"))
			return xstrndup(line, strcspn(line, "\n"));
	return NULL;
}

static int report(struct kbuild *k, const char *output)
{
	struct strbuf why = STRBUF_INIT;

	if (interrupted()) {
		error("interrupted while \"%s\" was built", k->label);
	} else if (strstr(output, NO_SPACE)) {
		error("\"%s\" was not built: no space is left where \"%s\" is, or for temporary "
		      "files",
		      k->label, k->log);
	} else {
		kbuild_excerpt(output, &why);
		free(k->fault);
		k->fault = find_fault(output);
		error("\"%s\" does not compile:%s\nthe whole output is in \"%s\"", k->label,
		      why.data, k->log);
	}
	strbuf_release(&why);
	return -1;
}

/* True, with the reason, when a source says so, or there is an excuse. */
static bool wants_skip(const struct kbuild *k, const char *output)
{
	static const char words[] = "#error \"skip: ";
	const char *at = k->skip ? strstr(output, words) : NULL;

	if (at) {
		at += strlen(words);
		strbuf_add(k->skip, at, strcspn(at, "\"\n"));
		return true;
	}
	if (!k->skip || !k->excuse || interrupted() || strstr(output, NO_SPACE))
		return false;
	strbuf_adds(k->skip, k->excuse);
	return true;
}

int kbuild_make(struct kbuild *k, const char *const *targets, int64_t expected)
{
	struct output o = { .text = STRBUF_INIT, .mark = "  CC " };
	struct strvec argv = STRVEC_INIT;
	struct progress progress;
	int result;

	o.log = open(k->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (o.log < 0)
		return error("cannot write to \"%s\":", k->log);
	push_command(&argv, false, targets);
	if (expected > 0)
		progress_begin(&progress, "objects", expected, "building %s", k->label);
	result = run_make(k, &argv, &o, expected > 0 ? &progress : NULL);
	if (expected > 0)
		progress_end(&progress, result ? "stopped" : "done");
	if (result < 0)
		result = wants_skip(k, o.text.data) ? 1 : report(k, o.text.data);
	k->objects += o.objects;
	if (o.log >= 0)
		close(o.log);
	strvec_release(&argv);
	strbuf_release(&o.text);
	return result;
}

int64_t kbuild_count_all(struct kbuild *k, const char *const *targets)
{
	struct output o = { .text = STRBUF_INIT, .mark = "echo '  CC ", .log = -1 };
	struct strvec argv = STRVEC_INIT;
	int64_t count;

	push_command(&argv, true, targets);
	/* It stops where it would need what it has not built: after all that matters here. */
	run_make(k, &argv, &o, NULL);
	count = o.objects ? o.objects : -1;
	strvec_release(&argv);
	strbuf_release(&o.text);
	return count;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* True when a word of the text, which is cut up, is one of the sorted files. */
static bool mentions(char *text, const struct strvec *files)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		if (files->count &&
		    bsearch(&word, files->items, files->count, sizeof(*files->items), by_text))
			return true;
	return false;
}

static bool is_object_cmd(const char *name)
{
	size_t len = strlen(name);

	return *name == '.' && len > strlen(".o.cmd") && !strcmp(name + len - 6, ".o.cmd");
}

/* 1 when the object depends on one of the files, 0 when not, -1 with an error printed. */
static int is_touched(const char *path, const struct strvec *files)
{
	struct strbuf text = STRBUF_INIT;
	int result = file_read(path, &text);

	if (!result)
		result = mentions(text.data, files);
	strbuf_release(&text);
	return result;
}

static int64_t count_in(const char *dir, const struct strvec *files)
{
	struct strvec names = STRVEC_INIT;
	int64_t count = 0;
	struct stat st;

	if (dir_list(dir, &names) < 0)
		return -1;
	for (size_t i = 0; count >= 0 && i < names.count; i++) {
		char *path = xasprintf("%s/%s", dir, names.items[i]);
		int64_t more = 0;

		if (is_object_cmd(names.items[i]))
			more = is_touched(path, files);
		else if (!lstat(path, &st) && S_ISDIR(st.st_mode))
			more = count_in(path, files);
		count = more < 0 ? -1 : count + more;
		free(path);
	}
	strvec_release(&names);
	return count;
}

int64_t kbuild_count_touched(const char *layer, const struct strvec *files)
{
	return count_in(layer, files);
}
