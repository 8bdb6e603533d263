/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KAB_GUEST_AGENT_H
#define KAB_GUEST_AGENT_H

/* The end of every guest. */
_Noreturn void agent_power_off(void);

#endif
