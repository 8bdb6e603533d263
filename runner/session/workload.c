// SPDX-License-Identifier: GPL-2.0-or-later
#include "workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "runner/kernel/benchmod.h"
#include "runner/source/cache.h"

#define FOLDER		 "configs/workloads"
#define SUFFIX		 ".json"
#define NAME_LEN_MAX	 64
#define MEMORY_MIB	 1024
#define MEMORY_MIB_MIN	 256
#define MEMORY_MIB_MAX	 (1 << 20)
#define TIMEOUT_S	 300
#define TIMEOUT_S_MAX	 86400
#define CHECK_TIMEOUT_MS 30000

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(field)    offsetof(struct workload, field)

static const struct json_field fields[] = {
	{ "title", JSON_STR, AT(title), true, 0, 0 },
	{ "driver", JSON_STR, AT(driver), true, 0, 0 },
	{ "fio", JSON_STR, AT(fio), false, 0, 0 },
	{ "module", JSON_STR, AT(module), false, 0, 0 },
	{ "parameters", JSON_IGNORE, 0, false, 0, 0 },
	{ "device", JSON_IGNORE, 0, false, 0, 0 },
	{ "devices", JSON_IGNORE, 0, false, 0, 0 },
	{ "disks", JSON_IGNORE, 0, false, 0, 0 },
	{ "disk_mib", JSON_IGNORE, 0, false, 0, 0 },
	{ "disk_dir", JSON_IGNORE, 0, false, 0, 0 },
	{ "passthrough", JSON_IGNORE, 0, false, 0, 0 },
	{ "headline", JSON_STRINGS, AT(headline), false, 0, 0 },
	{ "needs", JSON_STRINGS, AT(needs), false, 0, 0 },
	{ "modules", JSON_STRINGS, AT(modules), false, 0, 0 },
	{ "everyday", JSON_BOOL, AT(everyday), false, 0, 0 },
	{ "append", JSON_STRINGS, AT(append), false, 0, 0 },
	{ "memory_mib", JSON_INT, AT(memory_mib), false, MEMORY_MIB_MIN, MEMORY_MIB_MAX },
	{ "timeout_s", JSON_INT, AT(timeout_s), false, 1, TIMEOUT_S_MAX },
	{ "wall_clock", JSON_IGNORE, 0, false, 0, 0 },
	{ "trouble", JSON_IGNORE, 0, false, 0, 0 },
};

/* The keys that the guest gets as they are. */
static const char *const guest_keys[] = {
	"device", "disks", "driver", "module", "modules", "parameters", "trouble", "wall_clock",
};

/*
 * The drivers of the guest (runner/guest/driver.c), the key that each cannot do without, and the first
 * Linux that it can run on. XDP programs get packets of a test by BPF_F_TEST_XDP_LIVE_FRAMES.
 */
static const struct driver_rule {
	const char *name;
	const char *needs;
	const char *since;
} driver_rules[] = {
	{ "fio", "fio", NULL },	   { "module", "module", NULL }, { "mpt3sas", NULL, NULL },
	{ "trouble", NULL, NULL }, { "xdp", NULL, "5.18" },
};

/* On a command line, what has a space would become two. */
static bool is_word(const char *s)
{
	return *s && !strpbrk(s, " \t\r\n");
}

/* fio options by name; the values are strings, as on fio's command line. */
static int check_options(const struct json_at *options)
{
	struct json_object_iterator it, end;
	int ret = 0;

	if (!json_object_is_type(options->value, json_type_object))
		return json_error(options, "expected an object");
	it = json_object_iter_begin(options->value);
	end = json_object_iter_end(options->value);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		const char *name = json_object_iter_peek_name(&it);

		if (!is_word(name) ||
		    !json_object_is_type(json_object_iter_peek_value(&it), json_type_string))
			ret = json_member_error(options, name,
						"expected a fio option and a string");
	}
	return ret;
}

static int unknown_driver(const struct json_at *at, const char *driver)
{
	struct strvec names = STRVEC_INIT;
	const char *near;
	int ret;

	for (size_t i = 0; i < COUNT(driver_rules); i++)
		strvec_push(&names, driver_rules[i].name);
	near = nearest(driver, names.items);
	if (near)
		ret = json_error(at, "unknown driver \"%s\", did you mean \"%s\"?", driver, near);
	else
		ret = json_error(at, "unknown driver \"%s\"", driver);
	strvec_release(&names);
	return ret;
}

static int check_driver(const struct json_at *root, struct workload *w)
{
	struct json_at at = json_member(root, "driver");
	const char *driver = w->driver;

	for (size_t i = 0; i < COUNT(driver_rules); i++) {
		const struct driver_rule *rule = &driver_rules[i];

		if (strcmp(rule->name, driver) != 0)
			continue;
		if (rule->needs && !json_member(root, rule->needs).value)
			return json_error(root, "the driver \"%s\" needs the key \"%s\"", driver,
					  rule->needs);
		w->since = rule->since;
		return 0;
	}
	return unknown_driver(&at, driver);
}

/* They become words of a command line or of a module's parameters. */
static int check_parameters(const struct json_at *parameters)
{
	struct json_object_iterator it, end;
	int ret = 0;

	if (!json_object_is_type(parameters->value, json_type_object))
		return json_error(parameters, "expected an object");
	it = json_object_iter_begin(parameters->value);
	end = json_object_iter_end(parameters->value);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		struct json_object *value = json_object_iter_peek_value(&it);
		const char *name = json_object_iter_peek_name(&it);
		bool fits = json_object_is_type(value, json_type_int) ||
			    (json_object_is_type(value, json_type_string) &&
			     is_word(json_object_get_string(value)));

		if (!is_word(name) || !fits)
			ret = json_member_error(parameters, name,
						"expected an integer, or a string without spaces");
	}
	return ret;
}

/* Names of modules become names of files. */
static int check_module_name(const struct json_at *at, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	if (*name && !name[strspn(name, letters)])
		return 0;
	return json_error(at, "\"%s\": a module's name is lower-case letters, digits and _", name);
}

static int check_modules(struct workload *w, const struct json_at *root)
{
	struct json_at module = json_member(root, "module");
	struct json_at modules = json_member(root, "modules");
	int ret = 0;

	for (size_t i = 0; i < w->modules.count; i++)
		if (check_module_name(&modules, w->modules.items[i]) < 0)
			ret = -1;
	if (!w->module)
		return ret;
	if (check_module_name(&module, w->module) < 0)
		return -1;
	w->module_id = benchmod_identity(w->module);
	return w->module_id ? ret : -1;
}

static int check_parts(struct workload *w)
{
	struct json_at root = json_root(&w->doc);
	struct json_at parameters = json_member(&root, "parameters");
	struct json_at device = json_member(&root, "device");
	struct json_at options = json_member(&root, "wall_clock");
	struct json_at fio = json_member(&root, "fio");
	int ret = check_driver(&root, w);

	if (device.value && device_read(&device, &w->append) < 0)
		ret = -1;
	if (options.value && check_options(&options) < 0)
		ret = -1;
	if (parameters.value && check_parameters(&parameters) < 0)
		ret = -1;
	if (check_modules(w, &root) < 0)
		ret = -1;
	if (devices_read(&root, &w->devices) < 0)
		ret = -1;
	if (fio.value && w->fio && !*w->fio)
		ret = json_error(&fio, "expected the name of a job file");
	return ret;
}

/* The job file is beside the definition. */
static int read_job_file(struct workload *w, const char *path)
{
	char *beside;

	if (!w->fio)
		return 0;
	beside = *w->fio == '/' ? xstrdup(w->fio)
				: xasprintf("%.*s%s", (int)(path_base(path) - path), path, w->fio);
	free(w->fio);
	w->fio = beside;
	return file_read(w->fio, &w->fio_text);
}

/* It becomes a folder in the run directory and a part of a record's name. */
static int check_name(const char *name, const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_+.";

	if (!*name || *name == '.' || strlen(name) > NAME_LEN_MAX ||
	    name[strspn(name, letters)] != '\0')
		return error("\"%s\": a workload's name is at most %d letters, digits and -_+.",
			     path, NAME_LEN_MAX);
	return 0;
}

/* "configs/workloads/NAME.json" in the share; NULL with an error that suggests the nearest. */
static char *find_by_name(const char *name)
{
	char *relative = xasprintf(FOLDER "/%s" SUFFIX, name);
	struct strvec names = STRVEC_INIT;
	char *path = NULL;

	if (workload_names(&names) == 0) {
		const char *near = nearest(name, names.items);

		if (strvec_has(&names, name))
			path = path_share(relative);
		else if (near)
			error("unknown workload \"%s\", did you mean \"%s\"?", name, near);
		else
			error("unknown workload \"%s\"", name);
	}
	strvec_release(&names);
	free(relative);
	return path;
}

static char *name_of(const char *path)
{
	const char *base = path_base(path);
	size_t len = strlen(base), suffix = strlen(SUFFIX);

	if (len > suffix && strcmp(base + len - suffix, SUFFIX) == 0)
		len -= suffix;
	return xstrndup(base, len);
}

int workload_load(struct workload *w, const char *name)
{
	char *path = strchr(name, '/') ? xstrdup(name) : find_by_name(name);
	struct json_at root;
	int ret = -1;

	*w = (struct workload){ .fio_text = STRBUF_INIT,
				.memory_mib = MEMORY_MIB,
				.timeout_s = TIMEOUT_S };
	if (!path)
		return -1;
	w->name = name_of(path);
	if (check_name(w->name, path) < 0 || json_load(&w->doc, path) < 0)
		goto out;
	root = json_root(&w->doc);
	if (json_read(&root, fields, COUNT(fields), w) < 0 || check_parts(w) < 0)
		goto out;
	ret = read_job_file(w, path);
out:
	free(path);
	if (ret < 0)
		workload_release(w);
	return ret;
}

void workload_release(struct workload *w)
{
	free(w->name);
	free(w->title);
	free(w->driver);
	free(w->module);
	free(w->module_id);
	free(w->fio);
	/* Zeroed memory is no strbuf: releasing a workload that was never loaded is fine too. */
	if (w->fio_text.data)
		strbuf_release(&w->fio_text);
	strvec_release(&w->headline);
	strvec_release(&w->needs);
	strvec_release(&w->modules);
	strvec_release(&w->append);
	devices_release(&w->devices);
	json_release(&w->doc);
	*w = (struct workload){ 0 };
}

int workload_names(struct strvec *names)
{
	return path_share_names(FOLDER, SUFFIX, names);
}

int workload_everyday(struct strvec *names)
{
	struct strvec all = STRVEC_INIT;
	int ret = workload_names(&all);

	for (size_t i = 0; ret == 0 && i < all.count; i++) {
		struct workload w;

		ret = workload_load(&w, all.items[i]);
		if (ret == 0 && w.everyday)
			strvec_push(names, w.name);
		workload_release(&w);
	}
	strvec_release(&all);
	return ret;
}

char *workload_identity(const struct workload *w)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	hash_part(&h, "definition",
		  json_object_to_json_string_ext(w->doc.root, JSON_C_TO_STRING_PLAIN));
	hash_part(&h, "fio", w->fio_text.data);
	hash_part(&h, "module", w->module_id ? w->module_id : "");
	hash_end(&h, &hex);
	return xstrdup(hex.s);
}

static void add_options(struct strvec *argv, struct json_object *options)
{
	struct json_object_iterator it = json_object_iter_begin(options);
	struct json_object_iterator end = json_object_iter_end(options);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		strvec_pushf(argv, "--%s=%s", json_object_iter_peek_name(&it),
			     json_object_get_string(json_object_iter_peek_value(&it)));
}

/* fio's command as in the guest, but for reading only. */
static void check_command(const struct workload *w, struct strvec *argv)
{
	struct json_object *options;

	strvec_pushl(argv, "fio", "--parse-only", "--slat_percentiles=1", "--clat_percentiles=1",
		     "--lat_percentiles=1", NULL);
	if (json_object_object_get_ex(w->doc.root, "wall_clock", &options))
		add_options(argv, options);
	strvec_push(argv, w->fio);
}

static void print_lines(const char *path, char *text)
{
	char *state;

	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		error("%s: %s", path, line);
}

/* Runs the check. 0 when fio accepts the file, else -1 with its lines as errors. */
static int ask_fio(const struct workload *w, char *const *argv)
{
	/* Only read, never opened: the guest's device need not exist here. */
	char device[] = "KAB_DEVICE=/dev/null";
	char *env[] = { device, NULL };
	struct proc p = { .argv = argv, .env = env, .out = PROC_PIPE, .err = PROC_STDOUT };
	struct strbuf said = STRBUF_INIT;
	int ret;

	if (!proc_available("fio"))
		return error("\"fio\" not found: install the Debian package \"fio\"");
	if (proc_start(&p) < 0)
		return -1;
	while (strbuf_read_once(&said, p.out, BUFSIZ) > 0)
		;
	close(p.out);
	ret = proc_wait(&p, CHECK_TIMEOUT_MS);
	proc_stop(&p, 0);
	if (ret == 0 && !proc_ok(&p)) {
		print_lines(w->fio, said.data);
		ret = error("workload \"%s\": fio does not accept \"%s\"", w->name, w->fio);
	}
	strbuf_release(&said);
	return ret ? -1 : 0;
}

int workload_check_fio(const struct workload *w)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf command = STRBUF_INIT, note = STRBUF_INIT;
	int ret = 0;

	if (!w->fio)
		return 0;
	check_command(w, &argv);
	for (size_t i = 0; i < argv.count; i++)
		strbuf_addf(&command, "%s\n", argv.items[i]);
	/* fio takes a fifth of a second for it: a file that has passed and not changed stays so. */
	if (!cache_note_get("fio-check", w->fio, &note) || strcmp(note.data, command.data) != 0) {
		ret = ask_fio(w, argv.items);
		if (ret == 0)
			cache_note_set("fio-check", w->fio, command.data);
	}
	strvec_release(&argv);
	strbuf_release(&command);
	strbuf_release(&note);
	return ret;
}

static struct json_object *guest_part(const struct workload *w)
{
	struct json_object *part = json_new_object();

	json_set_str(part, "name", w->name);
	for (size_t i = 0; i < COUNT(guest_keys); i++) {
		struct json_object *value;

		if (json_object_object_get_ex(w->doc.root, guest_keys[i], &value))
			json_set(part, guest_keys[i], json_object_get(value));
	}
	if (w->fio)
		json_set(part, "fio",
			 json_object_new_string_len(w->fio_text.data, (int)w->fio_text.len));
	return part;
}

struct json_object *workload_job(const struct workload *const *list, size_t count,
				 const char *clock)
{
	struct json_object *job = json_new_object(), *workloads = json_new_array();

	json_set_str(job, "clock", clock);
	for (size_t i = 0; i < count; i++)
		json_append(workloads, guest_part(list[i]));
	json_set(job, "workloads", workloads);
	return job;
}
