// SPDX-License-Identifier: GPL-2.0-or-later
#include "git.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"
#include "lib/transcript.h"

#define GIT_TIMEOUT_MS	 (10 * 60 * 1000)
#define FETCH_TIMEOUT_MS (60 * 60 * 1000)
#define SAID_MAX	 2000
#define ID_SHOWN	 12 /* digits, as the kernel's own "Fixes:" lines have */

/* What a git that calls kab (a hook, bisect run) leaves in the environment. */
static const char *const unset[] = {
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_COMMON_DIR",
	"GIT_INDEX_FILE",
	"GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_NAMESPACE",
	"GIT_PREFIX",
	"GIT_SHALLOW_FILE",
	"GIT_GRAFT_FILE",
	"GIT_REPLACE_REF_BASE",
	"GIT_CONFIG",
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_PARAMETERS",
	"GIT_LITERAL_PATHSPECS",
	"GIT_GLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS",
	"GIT_EXTERNAL_DIFF",
	"GIT_DIFF_OPTS",
	"GIT_TRACE",
	NULL,
};

struct variable {
	const char *name;
	const char *value;
};

/* Everywhere: no refreshed index, no question, no replaced objects, and messages that are known. */
static const struct variable always[] = {
	{ "LC_ALL", "C" },
	{ "GIT_OPTIONAL_LOCKS", "0" },
	{ "GIT_TERMINAL_PROMPT", "0" },
	{ "GIT_NO_REPLACE_OBJECTS", "1" },
	{ "GIT_NO_LAZY_FETCH", "1" },
	{ NULL, NULL },
};

/* In the scratch repository: nobody's configuration. */
static const struct variable alone[] = {
	{ "GIT_CONFIG_NOSYSTEM", "1" },	       { "GIT_CONFIG_GLOBAL", "/dev/null" },
	{ "GIT_ATTR_NOSYSTEM", "1" },	       { "HOME", "/nonexistent" },
	{ "XDG_CONFIG_HOME", "/nonexistent" }, { NULL, NULL },
};

static void set_all(const struct variable *v)
{
	for (; v->name; v++)
		setenv(v->name, v->value, 1);
}

/* Runs in the child. */
static int enter_theirs(void *ctx)
{
	(void)ctx;
	for (const char *const *name = unset; *name; name++)
		unsetenv(*name);
	set_all(always);
	return 0;
}

static int enter_ours(void *ctx)
{
	const struct git *g = ctx;
	char *dir = xasprintf("%s/git", g->w->path);
	char *index = xasprintf("%s/index", g->w->path);

	enter_theirs(NULL);
	set_all(alone);
	setenv("GIT_DIR", dir, 1);
	setenv("GIT_INDEX_FILE", index, 1);
	if (g->has_tree)
		setenv("GIT_WORK_TREE", g->dir, 1);
	free(index);
	free(dir);
	return 0;
}

static int enter_alone(void *ctx)
{
	const struct git *g = ctx;
	char *objects = xasprintf("%s/objects", g->w->path);

	enter_ours(ctx);
	setenv("GIT_OBJECT_DIRECTORY", objects, 1);
	free(objects);
	return 0;
}

static int write_scratch(const struct git *g, const char *name, const char *text)
{
	char *path = xasprintf("%s/git/%s", g->w->path, name);
	int result = file_write_str(path, text);

	free(path);
	return result;
}

/* A repository by hand: init would look at templates and configuration. */
static int make_scratch(const struct git *g)
{
	static const char *const folders[] = { "git/objects/info", "git/refs/heads",
					       "objects/info" };
	char *config = xasprintf("[core]\n\trepositoryformatversion = 1\n\tbare = false\n"
				 "\tautocrlf = false\n\tsymlinks = true\n\tfileMode = true\n"
				 "\tcompression = 0\n\tdeltaBaseCacheLimit = 512m\n"
				 "[extensions]\n\tobjectFormat = %s\n",
				 g->format);
	int result = cache_work_begin(g->w);
	char *alternates = xasprintf("%s\n%s/objects\n", g->objects, g->w->path);

	for (size_t i = 0; !result && i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = xasprintf("%s/%s", g->w->path, folders[i]);

		result = dir_make(path);
		free(path);
	}
	if (!result && (write_scratch(g, "HEAD", "ref: refs/heads/none\n") < 0 ||
			write_scratch(g, "config", config) < 0 ||
			write_scratch(g, "objects/info/alternates", alternates) < 0))
		result = -1;
	free(alternates);
	free(config);
	return result;
}

int git_command(const struct git *g, enum git_place place, struct strvec *argv, struct proc *p)
{
	static int (*const enter[])(void *ctx) = {
		[GIT_THEIRS] = enter_theirs,
		[GIT_OURS] = enter_ours,
		[GIT_ALONE] = enter_alone,
	};

	if (place != GIT_THEIRS && !g->w->path && make_scratch(g) < 0)
		return -1;
	strvec_push(argv, "git");
	if (place == GIT_THEIRS || g->has_tree)
		strvec_pushl(argv, "-C", g->dir, NULL);
	if (place == GIT_THEIRS)
		strvec_pushl(argv, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
			     NULL);
	p->setup = enter[place];
	p->setup_ctx = (void *)g;
	return 0;
}

/* Appends all that was written to a file in memory, and closes it; -1 is fine. */
static int collect(int fd, struct strbuf *out)
{
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = 1;

	if (size < 0 || (fd >= 0 && lseek(fd, 0, SEEK_SET) < 0))
		n = -1;
	while (size > 0 && n > 0) {
		n = strbuf_read_once(out, fd, (size_t)size);
		size -= n;
	}
	if (fd >= 0)
		close(fd);
	return n < 0 ? error("cannot read what git said:") : 0;
}

/* Runs argv as git_run() says. */
static int run(struct proc p, const struct strvec *argv, const struct strbuf *in,
	       struct strbuf *out, struct strbuf *said, int timeout_ms)
{
	struct strbuf ignored = STRBUF_INIT;
	int result = -1;

	p.argv = argv->items;
	p.out = PROC_NULL;
	p.in = in ? transcript_open(in->data, in->len) : PROC_NULL;
	p.err = transcript_open("", 0);
	if (out)
		p.out = transcript_open("", 0);
	if ((in && p.in < 0) || p.err < 0 || (out && p.out < 0))
		goto out;
	result = proc_start(&p);
	if (result < 0)
		goto out;
	result = proc_wait(&p, timeout_ms);
	if (result == 1 && !interrupted())
		error("git takes too long, and was stopped");
	proc_stop(&p, 1000);
	if (interrupted())
		error("interrupted");
	result = result ? -1 : !proc_ok(&p);
out:
	if (in && p.in >= 0)
		close(p.in);
	transcript_close(p.err, said ? said : &ignored, SAID_MAX);
	if (out && collect(p.out, out) < 0)
		result = -1;
	strbuf_release(&ignored);
	return result;
}

int git_run(const struct git *g, enum git_place place, const struct strvec *args,
	    const struct strbuf *in, struct strbuf *out, struct strbuf *said)
{
	struct strvec argv = STRVEC_INIT;
	struct proc p = { 0 };
	int result = git_command(g, place, &argv, &p);

	for (size_t i = 0; i < args->count; i++)
		strvec_push(&argv, args->items[i]);
	if (!result)
		result = run(p, &argv, in, out, said, GIT_TIMEOUT_MS);
	strvec_release(&argv);
	return result;
}

/* git's first line, without its "fatal: ". */
static int say(const struct git *g, const char *what, const struct strbuf *said)
{
	const char *line = said->data;
	const char *colon = strstr(line, ": ");

	if (colon && (!strncmp(line, "fatal: ", 7) || !strncmp(line, "error: ", 7)))
		line = colon + 2;
	return error("%s in the repository \"%s\": %.*s", what, g->dir, (int)strcspn(line, "\n"),
		     line);
}

/* Runs git where failing is an error; `what` says what cannot be done. */
static int must_read(const struct git *g, enum git_place place, const struct strvec *args,
		     const struct strbuf *in, struct strbuf *out, const char *what)
{
	struct strbuf said = STRBUF_INIT;
	int result = git_run(g, place, args, in, out, &said);

	if (result == 1)
		result = say(g, what, &said);
	strbuf_release(&said);
	return result;
}

static int must(const struct git *g, enum git_place place, const struct strvec *args,
		struct strbuf *out, const char *what)
{
	return must_read(g, place, args, NULL, out, what);
}

/* The repository in which names are looked up before git_open() knows more than a folder. */
static int discover(struct git *g, const char *dir, struct strvec *facts)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	struct strbuf said = STRBUF_INIT;
	int result;

	g->dir = xstrdup(dir);
	strvec_pushl(&args, "rev-parse", "--path-format=absolute", "--show-object-format",
		     "--is-inside-work-tree", "--absolute-git-dir", "--git-path", "objects", NULL);
	result = git_run(g, GIT_THEIRS, &args, NULL, &out, &said);
	strvec_split(facts, out.data, "\n");
	if (result == 1 && !strstr(said.data, "not a git repository"))
		result = say(g, "cannot read what is", &said);
	if (!result && facts->count != 4)
		result = error("the repository of \"%s\" has a line break in its path", dir);
	strvec_release(&args);
	strbuf_release(&out);
	strbuf_release(&said);
	return result;
}

static int find_top(struct git *g)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "rev-parse", "--show-toplevel", NULL);
	result = must(g, GIT_THEIRS, &args, &out, "there is no work tree");
	strbuf_rtrim(&out);
	if (!result) {
		free(g->dir);
		g->dir = strbuf_detach(&out);
	}
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

int git_open(struct git *g, const char *dir)
{
	struct strvec facts = STRVEC_INIT;
	int result;

	*g = (struct git){ .w = xcalloc(1, sizeof(*g->w)) };
	if (!proc_available("git"))
		result = error("the program \"git\" is missing (package git)");
	else
		result = discover(g, dir, &facts);
	if (!result) {
		g->format = xstrdup(facts.items[0]);
		g->objects = xstrdup(facts.items[3]);
		if (!strcmp(facts.items[1], "true")) {
			result = find_top(g);
			g->has_tree = true;
		} else {
			free(g->dir);
			g->dir = xstrdup(facts.items[2]);
		}
	}
	if (!result && *g->objects == '"')
		result = error("the repository \"%s\" has a path that git cannot borrow from",
			       g->dir);
	strvec_release(&facts);
	if (result)
		git_close(g);
	return result;
}

void git_close(struct git *g)
{
	if (g->w && g->w->path)
		cache_work_end(g->w);
	free(g->w);
	free(g->dir);
	free(g->objects);
	free(g->format);
	*g = (struct git){ 0 };
}

/*
 * Revisions.
 */

/* The one line that git says, in *line. 0, 1 or -1 as git_run(). */
static int ask(const struct git *g, const struct strvec *args, char **line, struct strbuf *said)
{
	struct strbuf out = STRBUF_INIT;
	int result = git_run(g, GIT_THEIRS, args, NULL, &out, said);

	strbuf_rtrim(&out);
	if (!result && !out.len)
		result = 1;
	*line = result ? NULL : strbuf_detach(&out);
	strbuf_release(&out);
	return result;
}

static int rev_parse(const struct git *g, const char *rev, const char *suffix, char **id,
		     struct strbuf *said)
{
	struct strvec args = STRVEC_INIT;
	int result;

	strvec_pushl(&args, "rev-parse", "--verify", "--end-of-options", NULL);
	strvec_pushf(&args, "%s%s", rev, suffix);
	result = ask(g, &args, id, said);
	strvec_release(&args);
	return result;
}

/* Something has this name, but it leads to no commit: what it is. */
static int refuse_kind(const struct git *g, const char *rev, const char *id)
{
	struct strvec args = STRVEC_INIT;
	char *kind = NULL;
	char *peeled = NULL;
	int result = rev_parse(g, rev, "^{}", &peeled, NULL);

	strvec_pushl(&args, "cat-file", "-t", peeled ? peeled : id, NULL);
	if (result >= 0)
		result = ask(g, &args, &kind, NULL);
	if (result == 1)
		result = error("\"%s\" is %.*s, which the repository \"%s\" does not have", rev,
			       ID_SHOWN, id, g->dir);
	else if (!result && !strcmp(kind, "commit"))
		result = error(
			"\"%s\" is the commit of a submodule, and none of the repository \"%s\"",
			rev, g->dir);
	else if (!result)
		result = error("\"%s\" in the repository \"%s\" is a %s, and not a commit", rev,
			       g->dir, kind);
	free(peeled);
	free(kind);
	strvec_release(&args);
	return result;
}

int git_resolve(const struct git *g, const char *rev, char **id)
{
	struct strbuf said = STRBUF_INIT;
	char *any = NULL;
	int result;

	*id = NULL;
	if (!*rev || strchr(rev, '\n'))
		return 1;
	result = rev_parse(g, rev, "^{commit}", id, NULL);
	if (result == 1) {
		result = rev_parse(g, rev, "", &any, &said);
		if (!result)
			result = refuse_kind(g, rev, any);
		else if (result == 1 && strstr(said.data, "is ambiguous"))
			result = error(
				"\"%s\" is ambiguous in the repository \"%s\": write more digits",
				rev, g->dir);
	}
	free(any);
	strbuf_release(&said);
	return result;
}

int git_names(const struct git *g, struct strvec *names)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags",
		     "refs/remotes", NULL);
	result = must(g, GIT_THEIRS, &args, &out, "cannot list the names");
	strvec_split(names, out.data, "\n");
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

int git_require(const struct git *g, const char *rev, char **id)
{
	struct strvec names = STRVEC_INIT;
	const char *near = NULL;
	int result = git_resolve(g, rev, id);

	if (result == 1) {
		if (!git_names(g, &names) && names.count)
			near = nearest(rev, names.items);
		result = error("there is no commit \"%s\" in the repository \"%s\"%s%s%s", rev,
			       g->dir, near ? "; did you mean \"" : "", near ? near : "",
			       near ? "\"?" : "");
	}
	strvec_release(&names);
	return result;
}

/* The nearest tag and the way from it, or the short id. */
static char *describe(const struct git *g, const char *id)
{
	struct strvec args = STRVEC_INIT;
	char *name = NULL;

	strvec_pushl(&args, "describe", "--tags", NULL);
	strvec_pushf(&args, "--abbrev=%d", ID_SHOWN);
	strvec_push(&args, id);
	if (ask(g, &args, &name, NULL))
		name = xstrndup(id, ID_SHOWN);
	strvec_release(&args);
	return name;
}

/* Text of a stranger's, which goes to terminals: no control characters. */
static char *plain_text(const char *text, size_t len)
{
	char *plain = xstrndup(text, len);

	for (char *c = plain; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return plain;
}

int git_commit_read(const struct git *g, const char *id, struct git_commit *c)
{
	struct strvec args = STRVEC_INIT, lines = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	*c = (struct git_commit){ 0 };
	strvec_pushl(&args, "log", "--no-walk", "--no-show-signature", "--no-notes",
		     "--format=%T%n%s %n%an <%ae>", id, NULL);
	result = must(g, GIT_OURS, &args, &out, "cannot read the commit");
	strvec_split(&lines, out.data, "\n");
	if (!result && lines.count != 3)
		result = error("the commit \"%s\" in the repository \"%s\" cannot be understood",
			       id, g->dir);
	if (!result) {
		c->id = xstrdup(id);
		c->tree = xstrdup(lines.items[0]);
		/* The space at its end kept an empty one in its line. */
		c->subject = plain_text(lines.items[1], strlen(lines.items[1]) - 1);
		c->author = plain_text(lines.items[2], strlen(lines.items[2]));
		c->name = describe(g, id);
	}
	strbuf_release(&out);
	strvec_release(&lines);
	strvec_release(&args);
	return result;
}

int git_subjects(const struct git *g, const struct strvec *ids, struct strvec *subjects)
{
	struct strvec args = STRVEC_INIT, lines = STRVEC_INIT;
	struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
	int result;

	for (size_t i = 0; i < ids->count; i++)
		strbuf_addf(&in, "%s\n", ids->items[i]);
	/* The space keeps an empty one in its line. */
	strvec_pushl(&args, "log", "--no-walk=unsorted", "--no-show-signature", "--no-notes",
		     "--format=%s ", "--stdin", NULL);
	result = must_read(g, GIT_OURS, &args, &in, &out, "cannot read the commits");
	strvec_split(&lines, out.data, "\n");
	if (!result && lines.count != ids->count)
		result = error("the commits of the repository \"%s\" cannot be understood", g->dir);
	for (size_t i = 0; !result && i < lines.count; i++) {
		char *subject = plain_text(lines.items[i], strlen(lines.items[i]) - 1);

		strvec_push(subjects, subject);
		free(subject);
	}
	strbuf_release(&in);
	strbuf_release(&out);
	strvec_release(&lines);
	strvec_release(&args);
	return result;
}

void git_commit_release(struct git_commit *c)
{
	free(c->id);
	free(c->tree);
	free(c->subject);
	free(c->author);
	free(c->name);
	*c = (struct git_commit){ 0 };
}

bool git_holds_kernel(const struct git *g)
{
	char *id = NULL;
	bool holds = !rev_parse(g, "HEAD:Kconfig", "", &id, NULL);

	free(id);
	id = NULL;
	holds = holds && !rev_parse(g, "HEAD:arch/x86/Makefile", "", &id, NULL);
	free(id);
	return holds;
}

/*
 * History.
 */

int git_merge_base(const struct git *g, const char *a, const char *b, char **id)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "merge-base", a, b, NULL);
	result = ask(g, &args, id, &said);
	if (result == 1 && said.len)
		result = say(g, "cannot find a common ancestor", &said);
	strbuf_release(&said);
	strvec_release(&args);
	return result;
}

int git_is_ancestor(const struct git *g, const char *old, const char *id)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "merge-base", "--is-ancestor", old, id, NULL);
	result = git_run(g, GIT_THEIRS, &args, NULL, NULL, &said);
	if (result == 1 && said.len)
		result = say(g, "cannot follow the history", &said);
	strbuf_release(&said);
	strvec_release(&args);
	return result < 0 ? -1 : !result;
}

int git_rev_list(const struct git *g, const char *good, const char *bad, bool first_parent,
		 struct strvec *ids)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "rev-list", "--topo-order", "--reverse", "--ancestry-path", NULL);
	if (first_parent)
		strvec_push(&args, "--first-parent");
	strvec_pushf(&args, "^%s", good);
	strvec_pushl(&args, bad, "--", NULL);
	result = must(g, GIT_THEIRS, &args, &out, "cannot list commits");
	strvec_split(ids, out.data, "\n");
	strbuf_release(&out);
	strvec_release(&args);
	return result;
}

/* The upstream of the branch that is checked out, as "origin/master", or NULL. */
static char *upstream(const struct git *g)
{
	struct strvec args = STRVEC_INIT;
	char *name = NULL;

	strvec_pushl(&args, "rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}",
		     NULL);
	if (ask(g, &args, &name, NULL))
		name = NULL;
	strvec_release(&args);
	return name;
}

/* The nearest tag on the way back from a commit, or on the commit itself if it may be; or NULL. */
static char *tag_before(const struct git *g, const char *id, bool itself)
{
	struct strvec args = STRVEC_INIT;
	char *name = NULL;

	strvec_pushl(&args, "describe", "--tags", "--abbrev=0", NULL);
	strvec_pushf(&args, "%s%s", id, itself ? "" : "^");
	if (ask(g, &args, &name, NULL))
		name = NULL;
	strvec_release(&args);
	return name;
}

int git_default_base(const struct git *g, const char *id, bool itself, char **base, char **what)
{
	char *name = upstream(g);
	int result = 1;

	*base = *what = NULL;
	if (name)
		result = git_merge_base(g, name, id, base);
	if (!result && !itself && !strcmp(*base, id)) {
		free(*base);
		*base = NULL;
		result = 1;
	}
	if (!result) {
		*what = xasprintf("the merge base with %s", name);
	} else if (result == 1) {
		free(name);
		name = tag_before(g, id, itself);
		if (name)
			result = git_resolve(g, name, base);
		if (!result)
			*what = xstrdup("the nearest tag");
	}
	free(name);
	return result;
}

/* The address, as a configured remote may be fetched from, and nothing else. */
static int check_remote(const struct git *g, const char *remote, const char *branch)
{
	struct strvec args = STRVEC_INIT;
	char *url = NULL;
	int result;

	if (!*branch || *branch == '-' || strpbrk(branch, " ~^:?*[\\\n"))
		return error("\"%s\" is no name of a branch", branch);
	strvec_pushl(&args, "config", "--get", NULL);
	strvec_pushf(&args, "remote.%s.url", remote);
	result = ask(g, &args, &url, NULL);
	if (result == 1)
		result = error("the repository \"%s\" has no remote \"%s\"", g->dir, remote);
	free(url);
	strvec_release(&args);
	return result;
}

int git_fetch(const struct git *g, const char *remote, const char *branch)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	struct proc p = { 0 };
	int result;

	if (check_remote(g, remote, branch) < 0 || git_command(g, GIT_THEIRS, &argv, &p) < 0)
		return -1;
	strvec_pushl(&argv, "-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--quiet",
		     "--no-tags", "--no-write-fetch-head", NULL);
	strvec_pushl(&argv, "--no-recurse-submodules", "--end-of-options", remote, NULL);
	strvec_pushf(&argv, "+refs/heads/%s:refs/remotes/%s/%s", branch, remote, branch);
	note("fetching %s from %s into \"%s\"", branch, remote, g->dir);
	result = run(p, &argv, NULL, NULL, &said, FETCH_TIMEOUT_MS);
	if (result == 1)
		result = say(g, "cannot fetch", &said);
	strbuf_release(&said);
	strvec_release(&argv);
	return result;
}
