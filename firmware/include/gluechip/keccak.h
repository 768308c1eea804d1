/* Keccak sponges (FIPS 202 and relatives), on the coprocessor or on the core. */
#ifndef GLUECHIP_KECCAK_H
#define GLUECHIP_KECCAK_H

#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

/* Bytes that are appended to the message, with the first bit of the padding (FIPS 202 B.2). */
#define GLUECHIP_DOMAIN_KECCAK 0x01u
#define GLUECHIP_DOMAIN_CSHAKE 0x04u
#define GLUECHIP_DOMAIN_SHA3 0x06u
#define GLUECHIP_DOMAIN_SHAKE 0x1fu

/* One sponge: absorb `length` bytes, squeeze `output_length` bytes. */
typedef struct {
    const void *source;     /* any alignment; may be NULL when length is 0 */
    uint32_t length;
    void *destination;      /* must not overlap the source */
    uint32_t output_length; /* 1 or more */
    uint8_t rate_bytes;     /* a multiple of 8 from 8 to 192 */
    uint8_t domain;         /* 1 to 127 */
    uint8_t rounds;         /* 24, or 12 for TurboSHAKE */
} gluechip_keccak_job_t;

/* Runs `job` and waits for its end.
 *
 * Returns GLUECHIP_OK; _ARGUMENT, _ADDRESS, _QUEUE_FULL, _DESCRIPTOR or _WINDOW with the
 * destination untouched; _ABORTED or _TIMEOUT with the destination zeroed.
 * Wait: at most a bound computed from the lengths, and for the jobs in front of it, as in
 * gluechip_matmul().
 */
gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job);

/* Starts `job` and returns; as gluechip_matmul_submit(). */
gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket);

/* The portable twin in plain C. Returns GLUECHIP_OK, or GLUECHIP_ERROR_ARGUMENT with the
 * destination untouched. */
gluechip_status_t gluechip_keccak_cpu(const gluechip_keccak_job_t *job);

/* GLUECHIP_OK when every field of `job` is legal, else GLUECHIP_ERROR_ARGUMENT. */
gluechip_status_t gluechip_keccak_check(const gluechip_keccak_job_t *job);

/* Job of a named function; `length` bytes from `source`, digest to `destination`. */
gluechip_keccak_job_t gluechip_sha3_256_job(const void *source, uint32_t length,
                                            void *destination);
gluechip_keccak_job_t gluechip_keccak_256_job(const void *source, uint32_t length,
                                              void *destination);
gluechip_keccak_job_t gluechip_shake128_job(const void *source, uint32_t length,
                                            void *destination, uint32_t output_length);

/* The named functions, each as gluechip_keccak() of the job. Digests of 28, 32, 48, 64 bytes. */
gluechip_status_t gluechip_sha3_224(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_384(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_512(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest); /* Ethereum's padding */
gluechip_status_t gluechip_shake128(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_shake256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length);

#endif
