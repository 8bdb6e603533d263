// SPDX-License-Identifier: GPL-2.0-or-later
#include "packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <stdint.h>
#include <string.h>

_Static_assert(PACKET_HEADERS ==
		       sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr),
	       "the headers");

/* Fills in the checksum of an IPv4 header without options, where it is 0. */
static void sum_header(unsigned char *header)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(struct iphdr); i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	header[offsetof(struct iphdr, check)] = (unsigned char)(~sum >> 8);
	header[offsetof(struct iphdr, check) + 1] = (unsigned char)~sum;
}

/* The addresses: locally administered, and those that are reserved for documentation. Port 9
 * discards what it gets. */
void packet_make(unsigned char *packet, size_t size)
{
	const struct ethhdr eth = { .h_dest = { 0x02, 0, 0x5e, 0x10, 0, 0x01 },
				    .h_source = { 0x02, 0, 0x5e, 0x10, 0, 0x02 },
				    .h_proto = htons(ETH_P_IP) };
	const struct iphdr ip = { .version = 4,
				  .ihl = sizeof(ip) / 4,
				  .tot_len = htons((uint16_t)(size - sizeof(eth))),
				  .ttl = 64,
				  .protocol = IPPROTO_UDP,
				  .saddr = htonl(0xc0000201),
				  .daddr = htonl(0xc0000202) };
	const struct udphdr udp = { .source = htons(9),
				    .dest = htons(9),
				    .len = htons((uint16_t)(size - sizeof(eth) - sizeof(ip))) };

	memcpy(packet, &eth, sizeof(eth));
	memcpy(packet + sizeof(eth), &ip, sizeof(ip));
	sum_header(packet + sizeof(eth));
	memcpy(packet + sizeof(eth) + sizeof(ip), &udp, sizeof(udp));
	for (size_t i = PACKET_HEADERS; i < size; i++)
		packet[i] = (unsigned char)(i * 7 + 1);
}
