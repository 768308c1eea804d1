/* Keccak sponges (FIPS 202 and relatives), on the coprocessor or on the core. */
#ifndef GLUECHIP_KECCAK_H
#define GLUECHIP_KECCAK_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

/* Bytes that are appended to the message, with the first bit of the padding (FIPS 202 B.2). */
#define GLUECHIP_DOMAIN_KECCAK 0x01u
#define GLUECHIP_DOMAIN_CSHAKE 0x04u
#define GLUECHIP_DOMAIN_SHA3 0x06u
#define GLUECHIP_DOMAIN_SHAKE 0x1fu

#define GLUECHIP_KECCAK_STATE_BYTES 200

/* One sponge: absorb `length` bytes, squeeze `output_length` bytes. What is left out, and so 0, of
 * the fields from `no_padding` on makes a plain hash of a single message. */
typedef struct {
    const void *source;     /* any alignment; may be NULL when length is 0 */
    uint32_t length;
    void *destination;      /* may be NULL when output_length is 0; must not overlap the source,
                             * but the output of message i of many may lie over messages 0 to i */
    uint32_t output_length; /* 1 or more, 0 also when the state is stored */
    uint8_t rate_bytes;     /* a multiple of 8 from 8 to 192 */
    uint8_t domain;         /* 1 to 127; not used without padding */
    uint8_t rounds;         /* 24, or 12 for TurboSHAKE */
    bool no_padding;        /* zeros fill the message up to whole blocks, to one when it is empty */
    bool load_state;        /* starts from `state` instead of zeros */
    bool store_state;       /* leaves in `state` what the last permutation made of it */
    uint16_t count;         /* messages of `length` bytes, each with its own output; 0 is 1 */
    void *state;            /* GLUECHIP_KECCAK_STATE_BYTES, any alignment; of a single message only */
    uint32_t source_stride, destination_stride; /* bytes from one to the next, with count above 1;
                                                 * outputs must not overlap */
} gluechip_keccak_job_t;

/* Runs `job` and waits for its end.
 *
 * Returns GLUECHIP_OK; _ARGUMENT, _ADDRESS, _QUEUE_FULL, _DESCRIPTOR or _WINDOW with the
 * destination and the state untouched; _ABORTED or _TIMEOUT with both zeroed, as far as the job
 * writes them.
 * Wait: at most a bound computed from the lengths, and for the jobs in front of it, as in
 * gluechip_matmul().
 */
gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job);

/* Starts `job` and returns; as gluechip_matmul_submit(). */
gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket);

/* The portable twin in plain C. Returns GLUECHIP_OK, or GLUECHIP_ERROR_ARGUMENT with destination
 * and state untouched. */
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
