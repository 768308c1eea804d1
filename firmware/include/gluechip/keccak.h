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
#define GLUECHIP_KECCAK_MAXIMUM_RATE_BYTES 192

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

/* Runs `job` and waits for its end. Handlers of interrupts may do so too, while the program waits.
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

/* Permutes the state in place: the last `rounds` rounds of Keccak-f[1600], 24 or 12. Lane i is the
 * 8 bytes from 8 * i on, low byte first.
 *
 * Returns GLUECHIP_OK; _ARGUMENT, _ADDRESS, _QUEUE_FULL, _DESCRIPTOR or _WINDOW with the state
 * untouched; _ABORTED or _TIMEOUT with the state zeroed. Waits: as gluechip_keccak().
 */
gluechip_status_t gluechip_keccak_f1600(gluechip_backend_t backend, void *state, unsigned rounds);

/* What makes a function of the sponge. */
typedef struct {
    uint8_t rate_bytes, domain, rounds; /* as in a job */
} gluechip_function_t;

/* FIPS 202 6: the capacity of a fixed-length function is twice its digest. */
#define GLUECHIP_FUNCTION(capacity_bytes, domain, rounds)                                          \
    ((gluechip_function_t){GLUECHIP_KECCAK_STATE_BYTES - (capacity_bytes), (domain), (rounds)})
#define GLUECHIP_SHA3_224 GLUECHIP_FUNCTION(2 * 28, GLUECHIP_DOMAIN_SHA3, 24)
#define GLUECHIP_SHA3_256 GLUECHIP_FUNCTION(2 * 32, GLUECHIP_DOMAIN_SHA3, 24)
#define GLUECHIP_SHA3_384 GLUECHIP_FUNCTION(2 * 48, GLUECHIP_DOMAIN_SHA3, 24)
#define GLUECHIP_SHA3_512 GLUECHIP_FUNCTION(2 * 64, GLUECHIP_DOMAIN_SHA3, 24)
#define GLUECHIP_KECCAK_224 GLUECHIP_FUNCTION(2 * 28, GLUECHIP_DOMAIN_KECCAK, 24)
#define GLUECHIP_KECCAK_256 GLUECHIP_FUNCTION(2 * 32, GLUECHIP_DOMAIN_KECCAK, 24)
#define GLUECHIP_KECCAK_384 GLUECHIP_FUNCTION(2 * 48, GLUECHIP_DOMAIN_KECCAK, 24)
#define GLUECHIP_KECCAK_512 GLUECHIP_FUNCTION(2 * 64, GLUECHIP_DOMAIN_KECCAK, 24)
#define GLUECHIP_SHAKE128 GLUECHIP_FUNCTION(32, GLUECHIP_DOMAIN_SHAKE, 24)
#define GLUECHIP_SHAKE256 GLUECHIP_FUNCTION(64, GLUECHIP_DOMAIN_SHAKE, 24)
/* RFC 9861 2: any domain from 0x01 to 0x7f. */
#define GLUECHIP_TURBOSHAKE128(domain) GLUECHIP_FUNCTION(32, domain, 12)
#define GLUECHIP_TURBOSHAKE256(domain) GLUECHIP_FUNCTION(64, domain, 12)

/* Job of a function; `length` bytes from `source`, output to `destination`. */
static inline gluechip_keccak_job_t gluechip_hash_job(gluechip_function_t function,
                                                      const void *source, uint32_t length,
                                                      void *destination, uint32_t output_length)
{
    return (gluechip_keccak_job_t){
        .source = source,
        .length = length,
        .destination = destination,
        .output_length = output_length,
        .rate_bytes = function.rate_bytes,
        .domain = function.domain,
        .rounds = function.rounds,
    };
}
gluechip_keccak_job_t gluechip_sha3_256_job(const void *source, uint32_t length,
                                            void *destination);
gluechip_keccak_job_t gluechip_keccak_256_job(const void *source, uint32_t length,
                                              void *destination);
gluechip_keccak_job_t gluechip_shake128_job(const void *source, uint32_t length,
                                            void *destination, uint32_t output_length);

/* Each as gluechip_keccak() of the job. Digests of 28, 32, 48, 64 bytes. */
gluechip_status_t gluechip_hash(gluechip_backend_t backend, gluechip_function_t function,
                                const void *source, uint32_t length, void *output,
                                uint32_t output_length);
gluechip_status_t gluechip_sha3_224(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_384(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
gluechip_status_t gluechip_sha3_512(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest);
/* The padding of Keccak before it became SHA-3; that of 256 bits is Ethereum's. */
gluechip_status_t gluechip_keccak_224(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest);
gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest);
gluechip_status_t gluechip_keccak_384(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest);
gluechip_status_t gluechip_keccak_512(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest);
gluechip_status_t gluechip_shake128(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_shake256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_turboshake128(gluechip_backend_t backend, uint8_t domain,
                                         const void *source, uint32_t length, void *output,
                                         uint32_t output_length);
gluechip_status_t gluechip_turboshake256(gluechip_backend_t backend, uint8_t domain,
                                         const void *source, uint32_t length, void *output,
                                         uint32_t output_length);

#endif
