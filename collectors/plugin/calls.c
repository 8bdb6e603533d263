// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#define STACK_SHIFT   14 /* a stack of Linux on x86-64 has 16 KiB and is aligned to that */
#define KERNEL_START  0xffff800000000000u
#define MODULES_START 0xffffffffa0000000u /* without a randomised layout */
#define PROGRAM_START 0x500000000000u
#define LIBRARY_START 0x700000000000u
#define NODES_MAX     (1u << 20) /* what is called beyond counts for its caller */
#define STACKS	      1024	 /* buckets */
#define PLACES	      4096
#define ROOT	      0u

/* What an instruction does to the stack of calls. */
enum kind { OTHER, CALL, RETURN, LEAVE };

/* A function with the path of calls to it. Node 0 is the root. */
struct node {
	uint64_t address; /* of the function */
	uint32_t parent;
	uint32_t child, sibling; /* 0: none */
	uint64_t self, calls;	 /* in this window */
};

struct frame {
	uint64_t slot; /* where the return address is */
	uint32_t node;
	bool entry;    /* of an interrupt or system call: no call, no return address */
	uint64_t call; /* the place of a call that it came in between with, or 0 */
};

struct stack {
	uint64_t key;
	struct stack *next; /* in the same bucket */
	struct frame *frames;
	size_t depth, capacity;
	uint32_t bottom; /* node under the lowest frame */
};

/* Where a block of a module begins. */
struct place {
	uint64_t address;
	bool called;
	struct place *next; /* in the same bucket */
};

static struct calls {
	bool wanted;
	struct symbol {
		uint64_t address;
		bool entry;
	} * symbols; /* by address */
	size_t symbol_count;
	struct place *places[PLACES];
	struct node *nodes;
	uint32_t node_count;
	struct stack *stacks[STACKS];
	struct stack user; /* has no frames */
	struct stack *current;
	uint32_t entered; /* from a program: the node, until the first call shows the stack */
	enum kind armed;  /* the instruction that runs, until its access to memory is seen */
	bool pending;	  /* a call whose function has not been entered yet */
	uint64_t pending_slot;
	uint64_t total, charged; /* instructions */
} calls;

/*
 * System.map.
 */

/* Where the processor enters the kernel by itself, by arch/x86/entry. */
static bool is_entry(const char *name)
{
	static const char *const prefixes[] = {
		"asm_exc_",	  "asm_sysvec_", "asm_common_interrupt",
		"asm_spurious_",  "asm_fred_",	 "entry_SYSCALL",
		"entry_SYSENTER", "entry_INT80", "ret_from_fork"
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->entry - b->entry;
}

/* A line is "ADDRESS TYPE NAME". Parts of functions that the compiler moved away are none. */
static void read_symbol(char *line)
{
	char *at;
	uint64_t address = strtoull(line, &at, 16);

	if (at == line || at[0] != ' ' || !at[1] || at[2] != ' ' || !strchr("tTwW", at[1]) ||
	    strstr(at, ".cold"))
		return;
	at[strcspn(at, "\n")] = '\0';
	if (!(calls.symbol_count & (calls.symbol_count - 1)))
		calls.symbols = xreallocarray(calls.symbols,
					      calls.symbol_count ? 2 * calls.symbol_count : 1,
					      sizeof(*calls.symbols));
	calls.symbols[calls.symbol_count++] = (struct symbol){ address, is_entry(at + 3) };
}

int calls_open(const char *system_map)
{
	FILE *in = fopen(system_map, "re");
	char line[512];

	if (!in) {
		fprintf(stderr, "kab-plugin: cannot read \"%s\": %s\n", system_map,
			strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), in))
		read_symbol(line);
	fclose(in);
	if (!calls.symbol_count) {
		fprintf(stderr, "kab-plugin: \"%s\" has no functions\n", system_map);
		return -1;
	}
	qsort(calls.symbols, calls.symbol_count, sizeof(*calls.symbols), by_address);
	calls.nodes = xcalloc(NODES_MAX, sizeof(*calls.nodes));
	calls.node_count = 1;
	calls.current = &calls.user;
	calls.wanted = true;
	return 0;
}

bool calls_wanted(void)
{
	return calls.wanted;
}

static struct symbol *symbol_at(uint64_t address)
{
	const struct symbol key = { address, true };
	size_t low = 0, high = calls.symbol_count;

	/* The last one of an address: an entry comes behind other names of it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_address(&calls.symbols[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && calls.symbols[low - 1].address == address ? &calls.symbols[low - 1] : NULL;
}

static struct place *place_of(uint64_t address)
{
	struct place **bucket = &calls.places[(address ^ address >> 12) % PLACES], *p;

	for (p = *bucket; p; p = p->next)
		if (p->address == address)
			return p;
	p = xcalloc(1, sizeof(*p));
	*p = (struct place){ .address = address, .next = *bucket };
	*bucket = p;
	return p;
}

/*
 * Nodes.
 */

/* The one found is moved to the front: what is called is soon called again. */
static uint32_t child_of(uint32_t parent, uint64_t address)
{
	uint32_t *link = &calls.nodes[parent].child, found;

	for (; *link; link = &calls.nodes[*link].sibling)
		if (calls.nodes[*link].address == address)
			break;
	found = *link;
	if (found) {
		*link = calls.nodes[found].sibling;
	} else {
		if (calls.node_count == NODES_MAX)
			return parent;
		found = calls.node_count++;
		calls.nodes[found] = (struct node){ .address = address, .parent = parent };
	}
	calls.nodes[found].sibling = calls.nodes[parent].child;
	calls.nodes[parent].child = found;
	return found;
}

static uint32_t current_node(void)
{
	const struct stack *s = calls.current;

	return s->depth ? s->frames[s->depth - 1].node : s->bottom;
}

static void charge(void)
{
	uint64_t total = calls.total;

	calls.nodes[current_node()].self += total - calls.charged;
	calls.charged = total;
}

/*
 * Stacks.
 */
static struct stack *stack_of(uint64_t slot)
{
	uint64_t key = slot >> STACK_SHIFT;
	struct stack **bucket = &calls.stacks[(key ^ key >> 10) % STACKS], *s;

	for (s = *bucket; s; s = s->next)
		if (s->key == key)
			return s;
	s = xcalloc(1, sizeof(*s));
	*s = (struct stack){ .key = key, .next = *bucket };
	*bucket = s;
	return s;
}

static void push(struct stack *s, struct frame frame)
{
	if (s->depth == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 16;
		s->frames = xreallocarray(s->frames, s->capacity, sizeof(*s->frames));
	}
	s->frames[s->depth++] = frame;
}

/* The lowest place that a frame can still have, to put one between those of calls. */
static uint64_t top_slot(const struct stack *s)
{
	return s->depth ? s->frames[s->depth - 1].slot - 1 : UINT64_MAX;
}

/*
 * Events. At the start of a block, `total` does not have the block yet; at a call or return, which
 * end one, it has.
 */
static void call(uint64_t slot)
{
	struct stack *s;

	charge();
	s = stack_of(slot);
	if (s != calls.current) {
		/* What is left on it from earlier is stale. */
		s->depth = 0;
		s->bottom = current_node();
		if (calls.current == &calls.user)
			s->bottom = calls.entered ? calls.entered : ROOT;
		calls.current = s;
	}
	calls.pending = true;
	calls.pending_slot = slot;
}

static void leave(uint64_t slot)
{
	struct stack *s;

	charge();
	if (calls.pending && slot == calls.pending_slot) {
		calls.pending = false;
		return;
	}
	s = calls.current = stack_of(slot);
	while (s->depth && s->frames[s->depth - 1].slot < slot)
		s->depth--;
	if (s->depth && s->frames[s->depth - 1].slot == slot)
		s->depth--;
	calls.pending = false;
}

/*
 * QEMU 7.2 tells of more than it was asked for: of loads to those who want stores, and of what
 * later instructions do in helpers to the last one that wanted anything. So a call or return says
 * first that it comes, and its first store or load is the one.
 */
static void on_armed(unsigned int vcpu, void *data)
{
	const enum kind *kind = data;

	(void)vcpu;
	calls.armed = *kind;
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t slot, void *data)
{
	bool store = qemu_plugin_mem_is_store(info);

	(void)vcpu;
	(void)data;
	if (calls.armed != (store ? CALL : RETURN))
		return;
	calls.armed = OTHER;
	if (store)
		call(slot);
	else
		leave(slot);
}

/* A function of the kernel is entered, by whatever means. */
static void enter(uint64_t address, bool entry)
{
	struct stack *s = calls.current;
	uint32_t node = current_node();

	if (entry && s != &calls.user) {
		/* Between a call and the function, too: that is entered when this is over. */
		node = child_of(node, address);
		calls.nodes[node].calls++;
		push(s, (struct frame){ top_slot(s), node, true,
					calls.pending ? calls.pending_slot : 0 });
		calls.pending = false;
	} else if (calls.pending) {
		calls.pending = false;
		node = child_of(node, address);
		calls.nodes[node].calls++;
		push(s, (struct frame){ calls.pending_slot, node, false, 0 });
	} else if (entry) {
		calls.entered = s->bottom = child_of(ROOT, address);
		calls.nodes[s->bottom].calls++;
	} else if (calls.nodes[node].address != address) {
		node = child_of(node == ROOT ? ROOT : calls.nodes[node].parent, address);
		calls.nodes[node].calls++;
		if (s->depth)
			s->frames[s->depth - 1].node = node;
		else
			s->bottom = node;
	}
}

static void on_function(unsigned int vcpu, void *data)
{
	const struct symbol *symbol = data;

	(void)vcpu;
	charge();
	enter(symbol->address, symbol->entry);
}

/* What has been called once is a function: jumped to, it is one that takes another's place. */
static void on_module_block(unsigned int vcpu, void *data)
{
	struct place *p = data;

	(void)vcpu;
	if (!calls.pending && !p->called)
		return;
	p->called = true;
	charge();
	enter(p->address, false);
}

static void on_program(unsigned int vcpu, void *data)
{
	const uint64_t *part = data;
	uint32_t node;

	(void)vcpu;
	charge();
	calls.pending = false;
	calls.entered = 0;
	calls.current = &calls.user;
	node = child_of(ROOT, *part);
	calls.user.bottom = node;
}

/* The end of an interrupt or system call. It is the last of its block. */
static void on_leave(unsigned int vcpu, void *data)
{
	struct stack *s = calls.current;
	size_t depth = s->depth;

	(void)vcpu;
	(void)data;
	charge();
	calls.pending = false;
	while (depth && !s->frames[depth - 1].entry)
		depth--;
	/* Without one it goes back to a program, and the next entry begins anew. */
	if (!depth)
		return;
	s->depth = depth - 1;
	calls.pending = s->frames[depth - 1].call != 0;
	calls.pending_slot = s->frames[depth - 1].call;
}

/*
 * Translation.
 */
/* What an instruction does to the stack of calls, by its bytes behind the prefixes. */
static enum kind kind_of(const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && (bytes[i] == 0xf2 || bytes[i] == 0xf3 || bytes[i] == 0x3e ||
			   bytes[i] == 0x2e || bytes[i] == 0x66 || (bytes[i] & 0xf0) == 0x40))
		i++;
	if (i >= len)
		return OTHER;
	if (bytes[i] == 0xe8)
		return CALL;
	if (bytes[i] == 0xff && i + 1 < len && (bytes[i + 1] >> 3 & 7) == 2)
		return CALL;
	if (bytes[i] == 0xc3 || bytes[i] == 0xc2)
		return RETURN;
	if (bytes[i] == 0xcf)
		return LEAVE;
	if (bytes[i] == 0x0f && i + 1 < len && bytes[i + 1] == 0x07)
		return LEAVE;
	return OTHER;
}

/* One address for each part of a program, so that it is one node. */
static uint64_t *part_of(uint64_t address)
{
	static uint64_t parts[] = { 1, PROGRAM_START, LIBRARY_START };

	if (address >= LIBRARY_START)
		return &parts[2];
	return address >= PROGRAM_START ? &parts[1] : &parts[0];
}

static void watch_start(struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct symbol *symbol;

	if (address < KERNEL_START) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_program, QEMU_PLUGIN_CB_NO_REGS,
						     part_of(address));
		return;
	}
	symbol = symbol_at(address);
	if (symbol)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_function, QEMU_PLUGIN_CB_NO_REGS,
						     symbol);
	else if (address >= MODULES_START)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_module_block, QEMU_PLUGIN_CB_NO_REGS,
						     place_of(address));
}

static void watch_insn(struct qemu_plugin_insn *insn)
{
	static enum kind kinds[] = { OTHER, CALL, RETURN, LEAVE }; /* by itself */
	enum kind kind = kind_of(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

	switch (kind) {
	case CALL:
	case RETURN:
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_armed, QEMU_PLUGIN_CB_NO_REGS,
						       &kinds[kind]);
		qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
		break;
	case LEAVE:
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_leave, QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
		break;
	case OTHER:
		break;
	}
}

void calls_translate(struct qemu_plugin_tb *tb, size_t counted)
{
	size_t count = qemu_plugin_tb_n_insns(tb);

	if (!calls.wanted)
		return;
	watch_start(tb);
	/* Only the last instruction of a block can be one of these. */
	if (qemu_plugin_tb_vaddr(tb) >= KERNEL_START)
		watch_insn(qemu_plugin_tb_get_insn(tb, count - 1));
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &calls.total,
						 counted);
}

void calls_count(struct qemu_plugin_insn *insn)
{
	if (calls.wanted)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &calls.total, 1);
}

/*
 * Windows.
 */
void calls_begin(void)
{
	if (!calls.wanted)
		return;
	charge();
	for (uint32_t i = 0; i < calls.node_count; i++)
		calls.nodes[i].self = calls.nodes[i].calls = 0;
}

/* Marks the nodes with anything below them, in the space of `used`. */
static void find_used(uint8_t *used)
{
	/* Parents come before their children. */
	for (uint32_t i = calls.node_count; i-- > 1;) {
		if (calls.nodes[i].self)
			used[i] = 1;
		if (used[i])
			used[calls.nodes[i].parent] = 1;
	}
}

void calls_write(FILE *out)
{
	uint8_t *used;
	uint32_t *number, count = 0;

	if (!calls.wanted)
		return;
	charge();
	used = xcalloc(calls.node_count, sizeof(*used));
	number = xcalloc(calls.node_count, sizeof(*number));
	find_used(used);
	used[ROOT] = 1;
	for (uint32_t i = 0; i < calls.node_count; i++) {
		const struct node *n = &calls.nodes[i];

		if (!used[i])
			continue;
		number[i] = count++;
		fprintf(out, "node %" PRIx32 " %" PRIx64 " %" PRIx64 " %" PRIx64 "\n",
			number[n->parent], n->address, n->self, n->calls);
	}
	free(number);
	free(used);
}
