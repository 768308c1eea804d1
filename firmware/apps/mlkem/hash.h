/* The hash functions of FIPS 203 4.1, as jobs. Up to two may be under way at a time. */
#ifndef MLKEM_HASH_H
#define MLKEM_HASH_H

#include <gluechip/keccak.h>

#include "parameters.h"

/* H: SHA3-256. */
gluechip_keccak_job_t hash_h(const void *source, uint32_t length, uint8_t digest[32]);

/* G: SHA3-512. */
gluechip_keccak_job_t hash_g(const void *source, uint32_t length, uint8_t digest[64]);

/* J and PRF: SHAKE256. */
gluechip_keccak_job_t hash_shake256(const void *source, uint32_t length, void *output,
                                    uint32_t output_length);

/* Starts `job`; its number, counted from 1, is then `work->now.started`. Returns the status of the
 * submission. */
gluechip_status_t hash_start(mlkem_work_t *work, gluechip_keccak_job_t job);

/* Waits for job `number` and those before it. Returns GLUECHIP_OK or the first error. */
gluechip_status_t hash_wait(mlkem_work_t *work, uint32_t number);

/* Starts `job` and waits for it. */
gluechip_status_t hash_now(mlkem_work_t *work, gluechip_keccak_job_t job);

#endif
