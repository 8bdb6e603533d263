// SPDX-License-Identifier: GPL-2.0-or-later
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

#define COPY_TIMEOUT_MS (30 * 60 * 1000)

/* Folders that every Debian has and nothing that is needed in a build lies in. */
static const char *const points[] = { "/mnt", "/media", "/srv", "/opt" };

/* True when path is the folder, or below it. */
static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return path && !strncmp(path, folder, len) && (!path[len] || path[len] == '/');
}

/* Mounting there must not hide what the compiler needs. */
static bool point_fits(const char *point)
{
	struct stat st;

	return !stat(point, &st) && S_ISDIR(st.st_mode) && !is_below(getenv("HOME"), point) &&
	       !is_below(getenv("TMPDIR"), point);
}

static const char *find_point(void)
{
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		if (point_fits(points[i]))
			return points[i];
	errno = ENOENT;
	return NULL;
}

static int write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(text);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, (size_t)len);
	close(fd);
	return n == len ? 0 : -1;
}

/* Everybody stays who they are: files belong to the same user inside and outside. */
static int enter_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	if (write_proc("/proc/self/setgroups", "deny") < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (write_proc("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_proc("/proc/self/gid_map", map);
}

static int enter_namespaces(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
		if (enter_user_namespace() < 0)
			return -1;
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int open_folder(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Runs in the child. The folders are named by descriptors, as the options of a mount can hold
 * neither long paths nor colons and commas. userxattr for root as well, so that a layer made by
 * one user means the same to another.
 */
static int mount_view(const struct overlay *o)
{
	int source = open_folder(o->source);
	int layer = o->layer ? open_folder(o->layer) : -1;
	int top = open_folder(o->top);
	int work = open_folder(o->work);
	char lower[64];
	char options[256];

	if (source < 0 || (o->layer && layer < 0) || top < 0 || work < 0)
		return -1;
	if (o->layer)
		snprintf(lower, sizeof(lower), "/proc/self/fd/%d:/proc/self/fd/%d", layer, source);
	else
		snprintf(lower, sizeof(lower), "/proc/self/fd/%d", source);
	snprintf(options, sizeof(options),
		 "lowerdir=%s,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d,userxattr", lower,
		 top, work);
	return mount("overlay", o->point, "overlay", 0, options);
}

static int enter_view(void *ctx)
{
	const struct overlay *o = ctx;

	if (o->work && (enter_namespaces() < 0 || mount_view(o) < 0))
		return -1;
	return chdir(o->point);
}

void overlay_enter(struct overlay *o, struct proc *p)
{
	p->setup = enter_view;
	p->setup_ctx = o;
}

/* Makes the folders of an overlay below `folder`. */
static int make_folders(struct overlay *o, const char *folder)
{
	o->top = xasprintf("%s/upper", folder);
	o->work = xasprintf("%s/work", folder);
	return dir_make(o->top) < 0 || dir_make(o->work) < 0 ? -1 : 0;
}

/*
 * The probe: a view in which a file of a lower folder is changed and another removed, as a build
 * does. Runs in a child of its own, which enters the namespaces and ends.
 */
static int probe_child(struct overlay *o)
{
	int fd;

	if (enter_view(o) < 0)
		return errno;
	fd = open("changed", O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) < 0)
		return errno;
	/* A new folder in the place of an old one needs extended attributes. */
	return unlink("folder/removed") < 0 || rmdir("folder") < 0 || mkdir("folder", 0777) < 0
		       ? errno
		       : 0;
}

static int probe_run(struct overlay *o)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(probe_child(o));
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
}

/* 0, or the errno of what failed. */
static int probe(const char *folder)
{
	struct overlay o = { .source = xasprintf("%s/probe/lower", folder), .lock = -1 };
	char *root = xasprintf("%s/probe", folder);
	char *changed = xasprintf("%s/changed", o.source);
	char *inner = xasprintf("%s/folder", o.source);
	char *removed = xasprintf("%s/folder/removed", o.source);
	int result = ENOENT;

	if (find_point()) {
		o.point = xstrdup(find_point());
		result = EIO;
		if (!dir_make(inner) && !make_folders(&o, root) && !file_write_str(changed, "") &&
		    !file_write_str(removed, ""))
			result = probe_run(&o);
	}
	dir_remove(root);
	free(removed);
	free(inner);
	free(changed);
	free(root);
	free(o.source);
	free(o.top);
	free(o.work);
	free(o.point);
	return result;
}

bool overlay_works(const char *folder)
{
	static int known = -1;
	const char *wish = getenv("KAB_OVERLAY");

	if (wish && !strcmp(wish, "no"))
		return false;
	if (known < 0) {
		errno = probe(folder);
		known = !errno;
		if (errno)
			warning("no overlay can be mounted here, so kernels are built in full "
				"copies of their source:");
	}
	return known;
}

/* In a user namespace nothing can be changed that belongs to somebody outside of it. */
static bool mountable(const char *folder, const char *source)
{
	struct stat st;

	return overlay_works(folder) && !stat(source, &st) &&
	       (geteuid() == 0 || st.st_uid == geteuid());
}

const char *overlay_kind(const char *folder, const char *source)
{
	return mountable(folder, source) ? "upper" : "copy";
}

/* The tree may be replaced between two builds, but never its path. */
static int open_copy(struct overlay *o, const char *from)
{
	struct strvec argv = STRVEC_INIT;
	struct proc p = { 0 };
	int result;

	o->top = cache_path("work", "copy");
	if (!o->top)
		return -1;
	if (strpbrk(o->top, " \t:"))
		return error("\"%s\": kernels cannot be built in a folder whose name has spaces or "
			     "colons; set KAB_CACHE to another",
			     o->top);
	o->point = xstrdup(o->top);
	o->lock = cache_lock("work", "copy", CACHE_EXCLUSIVE);
	if (o->lock < 0 || dir_remove(o->top) < 0)
		return -1;
	note("copying \"%s\"", from);
	strvec_pushl(&argv, "cp", "-a", "--reflink=auto", "-T", from, o->top, NULL);
	p.argv = argv.items;
	result = proc_run(&p, COPY_TIMEOUT_MS);
	if (result < 0 && !interrupted())
		error("cannot copy \"%s\" to \"%s\"", from, o->top);
	strvec_release(&argv);
	return result;
}

static int open_mounted(struct overlay *o, const char *folder)
{
	o->point = xstrdup(find_point());
	return make_folders(o, folder);
}

int overlay_open(struct overlay *o, const char *folder, const char *source, const char *layer)
{
	int result;

	*o = (struct overlay){
		.source = xstrdup(source),
		.layer = layer ? xstrdup(layer) : NULL,
		.lock = -1,
	};
	if (mountable(folder, source))
		result = open_mounted(o, folder);
	else
		result = open_copy(o, layer ? layer : source);
	if (result < 0)
		overlay_close(o);
	return result;
}

/* 1 when the file is there, 0 when not, -1 when this folder says that it was removed. */
static int look_in(const char *folder, const char *path, char **found)
{
	char *full = xasprintf("%s/%s", folder, path);
	struct stat st;
	int result = 0;

	if (!lstat(full, &st))
		result = S_ISCHR(st.st_mode) && st.st_rdev == 0 ? -1 : 1;
	if (result == 1)
		*found = full;
	else
		free(full);
	return result;
}

char *overlay_find(const struct overlay *o, const char *path)
{
	const char *const folders[] = { o->top, o->work ? o->layer : NULL,
					o->work ? o->source : NULL };
	char *found = NULL;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (folders[i] && look_in(folders[i], path, &found))
			break;
	return found;
}

static void forget(struct overlay *o)
{
	if (o->lock >= 0)
		close(o->lock);
	free(o->source);
	free(o->layer);
	free(o->top);
	free(o->work);
	free(o->point);
	*o = (struct overlay){ .lock = -1 };
}

int overlay_keep(struct overlay *o, const char *to)
{
	if (cache_publish(o->top, to) < 0)
		return -1;
	forget(o);
	return 0;
}

void overlay_close(struct overlay *o)
{
	if (o->top)
		dir_remove(o->top);
	forget(o);
}
