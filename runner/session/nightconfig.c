// SPDX-License-Identifier: GPL-2.0-or-later
#include "nightconfig.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strvec.h"

#define COUNT(array)	   (sizeof(array) / sizeof((array)[0]))
#define CONFIG(field)	   offsetof(struct file, config.field)
#define PART(field)	   offsetof(struct file, field)
#define DESTINATION(field) offsetof(struct night_destination, field)

#define DAYS_MAX 100000
#define MIB_MAX	 1e9

/* Parts on their way into the configuration. */
struct file {
	struct nightconfig config;
	struct json_at publish, retention;
	struct strvec gate;
};

static const struct json_field fields[] = {
	{ "plan", JSON_STR, CONFIG(plan), true, 0, 0 },
	{ "site", JSON_STR, CONFIG(site), false, 0, 0 },
	{ "publish", JSON_ARRAY, PART(publish), false, 0, 0 },
	{ "notify", JSON_STR, CONFIG(notify), false, 0, 0 },
	{ "retention", JSON_OBJECT, PART(retention), false, 0, 0 },
	{ "gate", JSON_STRINGS, PART(gate), false, 0, 0 },
};

static const struct json_field retention_fields[] = {
	{ "days", JSON_INT, CONFIG(keep_days), false, 1, DAYS_MAX },
	{ "mib", JSON_INT, CONFIG(keep_mib), false, 1, MIB_MAX },
};

static const struct json_field destination_fields[] = {
	{ "to", JSON_STR, DESTINATION(to), true, 0, 0 },
	{ "credentials", JSON_STR, DESTINATION(credentials), false, 0, 0 },
	{ "cacert", JSON_STR, DESTINATION(ca_file), false, 0, 0 },
	{ "endpoint", JSON_STR, DESTINATION(endpoint), false, 0, 0 },
	{ "region", JSON_STR, DESTINATION(region), false, 0, 0 },
	{ "identity", JSON_STR, DESTINATION(identity), false, 0, 0 },
	{ "known_hosts", JSON_STR, DESTINATION(known_hosts), false, 0, 0 },
	{ "timeout_s", JSON_INT, DESTINATION(stall_s), false, 1, 3600 },
	{ "tries", JSON_INT, DESTINATION(tries), false, 1, 20 },
};

static int read_destination(const struct json_at *at, const char *file, struct night_destination *d)
{
	if (json_object_is_type(at->value, json_type_string))
		d->to = xstrdup(json_object_get_string(at->value));
	else if (!json_object_is_type(at->value, json_type_object))
		return json_error(at, "expected a destination: a string or an object");
	else if (json_read(at, destination_fields, COUNT(destination_fields), d) < 0)
		return -1;
	if (!strstr(d->to, "://"))
		d->to = path_beside(file, d->to);
	d->credentials = path_beside(file, d->credentials);
	d->ca_file = path_beside(file, d->ca_file);
	d->identity = path_beside(file, d->identity);
	d->known_hosts = path_beside(file, d->known_hosts);
	return 0;
}

static int read_destinations(const struct json_at *list, struct nightconfig *c)
{
	size_t count = json_length(list);
	int ret = 0;

	c->destinations = xcalloc(count + 1, sizeof(*c->destinations));
	for (size_t i = 0; i < count; i++) {
		struct json_at at = json_element(list, i);

		if (read_destination(&at, c->path, &c->destinations[c->destination_count++]) < 0)
			ret = -1;
	}
	for (size_t i = 0; ret == 0 && i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(c->destinations[i].to, c->destinations[k].to))
				ret = json_error(list, "\"%s\" is there twice",
						 c->destinations[i].to);
	return ret;
}

static int read_gate(const struct json_at *root, const struct strvec *gate, struct nightconfig *c)
{
	for (size_t i = 0; i < gate->count; i++) {
		if (!strcmp(gate->items[i], "worse"))
			c->gate_worse = true;
		else if (!strcmp(gate->items[i], "failed"))
			c->gate_failed = true;
		else
			return json_member_error(root, "gate", "takes \"worse\" and \"failed\"");
	}
	return 0;
}

static int read_file(struct file *f, const struct json_doc *doc)
{
	struct json_at root = json_root(doc);
	struct nightconfig *c = &f->config;
	int ret = json_read(&root, fields, COUNT(fields), f);

	c->plan = path_beside(c->path, c->plan);
	c->site = path_beside(c->path, c->site);
	c->notify = path_beside(c->path, c->notify);
	if (ret == 0)
		ret = read_gate(&root, &f->gate, c);
	if (ret == 0 && f->retention.value)
		ret = json_read(&f->retention, retention_fields, COUNT(retention_fields), f);
	if (ret == 0 && f->publish.value)
		ret = read_destinations(&f->publish, c);
	return ret;
}

int nightconfig_load(struct nightconfig *c, const char *path)
{
	struct file f = { .config.path = realpath(path, NULL) };
	struct json_doc doc = { 0 };
	int ret = -1;

	if (!f.config.path)
		error("cannot open \"%s\":", path);
	else if (json_load(&doc, path) == 0)
		ret = read_file(&f, &doc);
	json_release(&doc);
	strvec_release(&f.gate);
	*c = f.config;
	return ret;
}

void nightconfig_release(struct nightconfig *c)
{
	for (size_t i = 0; i < c->destination_count; i++) {
		struct night_destination *d = &c->destinations[i];
		char *strings[] = { d->to,     d->credentials, d->ca_file,    d->endpoint,
				    d->region, d->identity,    d->known_hosts };

		for (size_t k = 0; k < COUNT(strings); k++)
			free(strings[k]);
	}
	free(c->destinations);
	free(c->path);
	free(c->plan);
	free(c->site);
	free(c->notify);
	*c = (struct nightconfig){ 0 };
}
