/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Little-endian numbers in byte strings, as MPI messages hold them. SCSI's are big-endian.
 */
#ifndef KAB_RUNNER_HBA_BYTES_H
#define KAB_RUNNER_HBA_BYTES_H

#include <stdint.h>

uint16_t get_le16(const uint8_t *at);
uint32_t get_le32(const uint8_t *at);
uint64_t get_le64(const uint8_t *at);
void put_le16(uint8_t *at, uint16_t value);
void put_le32(uint8_t *at, uint32_t value);
void put_le64(uint8_t *at, uint64_t value);

uint16_t get_be16(const uint8_t *at);
uint32_t get_be32(const uint8_t *at);
uint64_t get_be64(const uint8_t *at);
void put_be16(uint8_t *at, uint16_t value);
void put_be32(uint8_t *at, uint32_t value);
void put_be64(uint8_t *at, uint64_t value);

#endif
