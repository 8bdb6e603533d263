// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that workloads ask for, and whether one of the host's can be had: on a made-up /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "runner/machine/devices.h"
#include "runner/machine/passthrough.h"

#define ADDRESS "0000:85:00.0"

static int read_devices(const char *text, struct devices *d, char **said)
{
	struct json_doc doc;
	struct capture c;
	struct json_at root;
	int ret;

	capture_begin(&c, STDERR_FILENO);
	ret = json_parse(&doc, "w.json", text, strlen(text));
	root = json_root(&doc);
	if (ret == 0)
		ret = devices_read(&root, d);
	*said = capture_end(&c);
	json_release(&doc);
	return ret;
}

static char *join(const struct strvec *v)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < v->count; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", v->items[i]);
	return strbuf_detach(&text);
}

static void test_adapter(void **state)
{
	struct strvec prefix = STRVEC_INIT, args = STRVEC_INIT;
	struct devices d;
	char *said, *text;

	(void)state;
	assert_int_equal(
		read_devices("{\"title\": \"t\", \"devices\": [\"sas3008\"], \"disks\": 4, "
			     "\"disk_mib\": 32}",
			     &d, &said),
		0);
	assert_string_equal(said, "");
	free(said);
	devices_push_prefix(&d, "/run/files/hba.json", &prefix);
	assert_string_equal(prefix.items[1], "hba");
	text = join(&prefix);
	assert_non_null(strstr(text, " hba --disks=4 --disk-mib=32 --log=/run/files/hba.json --"));
	free(text);
	devices_push_args(&d, 512, &args);
	text = join(&args);
	assert_string_equal(text, "-object memory-backend-memfd,id=mem,share=on,size=512M "
				  "-machine memory-backend=mem -smp 1");
	free(text);
	strvec_release(&prefix);
	strvec_release(&args);
	devices_release(&d);
}

static void test_none(void **state)
{
	struct strvec argv = STRVEC_INIT;
	struct devices d;
	char *said;

	(void)state;
	assert_int_equal(read_devices("{\"title\": \"t\"}", &d, &said), 0);
	free(said);
	devices_push_prefix(&d, "log", &argv);
	devices_push_args(&d, 512, &argv);
	assert_int_equal(argv.count, 0);
	devices_release(&d);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "{\"devices\": [\"sas2008\"]}", "expected \"sas3008\"" },
		{ "{\"devices\": \"sas3008\"}", "expected an array" },
		{ "{\"devices\": [\"sas3008\"], \"disks\": 9}", "\"disks\"" },
		{ "{\"devices\": [\"sas3008\"], \"disk_mib\": 0}", "\"disk_mib\"" },
		{ "{\"disks\": 1}", "disks need" },
		{ "{\"passthrough\": \"85:00.0\"}", "expected a PCI address" },
		{ "{\"passthrough\": \"0000:85:00.0,x=y\"}", "expected a PCI address" },
		{ "{\"passthrough\": \"0000:85:00.0\", \"devices\": [\"sas3008\"]}",
		  "a real adapter or an emulated one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct devices d = { 0 };
		char *said;

		assert_int_equal(read_devices(bad[i].text, &d, &said), -1);
		assert_non_null(strstr(said, "w.json:1"));
		if (!strstr(said, bad[i].said))
			fail_msg("%s: %s", bad[i].text, said);
		free(said);
		devices_release(&d);
	}
}

/*
 * A host with one adapter.
 */
struct host {
	char root[32];
	char *sys, *dev;
};

static void put_link(const struct host *h, const char *target, const char *name)
{
	char *path = xasprintf("%s/%s", h->root, name);

	assert_int_equal(symlink(target, path), 0);
	free(path);
}

static void put_dir(const struct host *h, const char *name)
{
	char *path = xasprintf("%s/%s", h->root, name);

	assert_int_equal(dir_make(path), 0);
	free(path);
}

static int set_up(void **state)
{
	struct host *h = xcalloc(1, sizeof(*h));

	snprintf(h->root, sizeof(h->root), "/tmp/test-devices.XXXXXX");
	assert_non_null(mkdtemp(h->root));
	h->sys = xasprintf("%s/sys", h->root);
	h->dev = xasprintf("%s/dev", h->root);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct host *h = *state;

	dir_remove(h->root);
	free(h->sys);
	free(h->dev);
	free(h);
	return 0;
}

static void ask(const struct host *h, bool usable, const char *words)
{
	struct strbuf why = STRBUF_INIT;

	assert_int_equal(passthrough_usable(ADDRESS, h->sys, h->dev, &why), usable);
	if (!usable && !strstr(why.data, words))
		fail_msg("%s", why.data);
	strbuf_release(&why);
}

#define DEVICE "sys/bus/pci/devices/" ADDRESS

/* From nothing to a device that can be had: each step is named until it is done. */
static void test_passthrough(void **state)
{
	const struct host *h = *state;
	char *group, *driver;

	ask(h, false, "there is no PCI device \"" ADDRESS "\"");
	put_dir(h, DEVICE);
	ask(h, false, "intel_iommu=on");
	put_dir(h, "sys/kernel/iommu_groups/7/devices/" ADDRESS);
	put_link(h, "../../../../kernel/iommu_groups/7", DEVICE "/iommu_group");
	ask(h, false, "IOMMU group 7: \"" ADDRESS "\" has no driver");
	put_link(h, "../../../../bus/pci/drivers/mpt3sas", DEVICE "/driver");
	ask(h, false, "is bound to the driver \"mpt3sas\"");
	ask(h, false, "echo vfio-pci >/sys/bus/pci/devices/" ADDRESS "/driver_override");
	ask(h, false, "echo " ADDRESS " >/sys/bus/pci/devices/" ADDRESS "/driver/unbind");
	driver = xasprintf("%s/" DEVICE "/driver", h->root);
	assert_int_equal(unlink(driver), 0);
	put_link(h, "../../../../bus/pci/drivers/vfio-pci", DEVICE "/driver");
	ask(h, false, "/vfio/7\" cannot be used: 'sudo chown ");
	group = xasprintf("%s/vfio/7", h->dev);
	put_dir(h, "dev/vfio");
	assert_int_equal(file_write_str(group, ""), 0);
	ask(h, true, "");
	free(group);
	free(driver);
}

/* The rest of the group must be free as well; a bridge may keep its driver. */
static void test_passthrough_group(void **state)
{
	const struct host *h = *state;
	char *class;

	put_dir(h, DEVICE);
	put_dir(h, "sys/bus/pci/devices/0000:80:01.0");
	put_dir(h, "sys/kernel/iommu_groups/7/devices/" ADDRESS);
	put_dir(h, "sys/kernel/iommu_groups/7/devices/0000:80:01.0");
	put_dir(h, "dev/vfio/7");
	put_link(h, "../../../../kernel/iommu_groups/7", DEVICE "/iommu_group");
	put_link(h, "../../../../bus/pci/drivers/vfio-pci", DEVICE "/driver");
	put_link(h, "x/nvme", "sys/bus/pci/devices/0000:80:01.0/driver");
	ask(h, false, "\"0000:80:01.0\" is bound to the driver \"nvme\"");
	class = xasprintf("%s/sys/bus/pci/devices/0000:80:01.0/class", h->root);
	assert_int_equal(file_write_str(class, "0x060400\n"), 0);
	ask(h, true, "");
	free(class);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adapter),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test_setup_teardown(test_passthrough, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_passthrough_group, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
