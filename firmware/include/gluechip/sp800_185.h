/* cSHAKE, KMAC, TupleHash and ParallelHash (NIST SP 800-185).
 *
 * Each at once or in pieces, by a sponge: *_init, updates, *_final, then gluechip_sponge_squeeze()
 * for more where the output has any length (cSHAKE and the XOFs). The calls return what those of
 * gluechip/sponge.h do; on an error the output is zeroed. An output has 1 byte or more.
 *
 * The calls at once leave nothing of key or message behind, and so do the *_final of the functions
 * of fixed length, which wipe the sponge. After an XOF wipe it yourself.
 */
#ifndef GLUECHIP_SP800_185_H
#define GLUECHIP_SP800_185_H

#include <stdint.h>

#include <gluechip/sponge.h>
#include <gluechip/tree_hash.h>

/* SP 800-185 3. `name` is for functions that NIST defines. Without name and customization it is
 * SHAKE. In pieces: gluechip_sponge_update() and gluechip_sponge_final(). */
gluechip_status_t gluechip_cshake128(gluechip_backend_t backend, gluechip_bytes_t name,
                                     gluechip_bytes_t customization, const void *source,
                                     uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_cshake256(gluechip_backend_t backend, gluechip_bytes_t name,
                                     gluechip_bytes_t customization, const void *source,
                                     uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_cshake128_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                          gluechip_bytes_t name, gluechip_bytes_t customization);
gluechip_status_t gluechip_cshake256_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                          gluechip_bytes_t name, gluechip_bytes_t customization);

/* SP 800-185 4. In pieces: gluechip_sponge_update(). A copy of a sponge after init saves the work
 * of the key for the next message. Compare codes with gluechip_equal(). */
gluechip_status_t gluechip_kmac128(gluechip_backend_t backend, gluechip_bytes_t key,
                                   gluechip_bytes_t customization, const void *source,
                                   uint32_t length, void *code, uint32_t code_length);
gluechip_status_t gluechip_kmac256(gluechip_backend_t backend, gluechip_bytes_t key,
                                   gluechip_bytes_t customization, const void *source,
                                   uint32_t length, void *code, uint32_t code_length);
gluechip_status_t gluechip_kmacxof128(gluechip_backend_t backend, gluechip_bytes_t key,
                                      gluechip_bytes_t customization, const void *source,
                                      uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_kmacxof256(gluechip_backend_t backend, gluechip_bytes_t key,
                                      gluechip_bytes_t customization, const void *source,
                                      uint32_t length, void *output, uint32_t output_length);
gluechip_status_t gluechip_kmac128_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                        gluechip_bytes_t key, gluechip_bytes_t customization);
gluechip_status_t gluechip_kmac256_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                        gluechip_bytes_t key, gluechip_bytes_t customization);
gluechip_status_t gluechip_kmac_final(gluechip_sponge_t *sponge, void *code,
                                      uint32_t code_length);
gluechip_status_t gluechip_kmacxof_final(gluechip_sponge_t *sponge, void *output,
                                         uint32_t output_length);

/* SP 800-185 5, of `count` byte strings. In pieces: a gluechip_tuple_hash_add() for each. */
gluechip_status_t gluechip_tuple_hash128(gluechip_backend_t backend,
                                         gluechip_bytes_t customization,
                                         const gluechip_bytes_t *tuple, uint32_t count,
                                         void *digest, uint32_t digest_length);
gluechip_status_t gluechip_tuple_hash256(gluechip_backend_t backend,
                                         gluechip_bytes_t customization,
                                         const gluechip_bytes_t *tuple, uint32_t count,
                                         void *digest, uint32_t digest_length);
gluechip_status_t gluechip_tuple_hash_xof128(gluechip_backend_t backend,
                                             gluechip_bytes_t customization,
                                             const gluechip_bytes_t *tuple, uint32_t count,
                                             void *output, uint32_t output_length);
gluechip_status_t gluechip_tuple_hash_xof256(gluechip_backend_t backend,
                                             gluechip_bytes_t customization,
                                             const gluechip_bytes_t *tuple, uint32_t count,
                                             void *output, uint32_t output_length);
gluechip_status_t gluechip_tuple_hash128_init(gluechip_sponge_t *sponge,
                                              gluechip_backend_t backend,
                                              gluechip_bytes_t customization);
gluechip_status_t gluechip_tuple_hash256_init(gluechip_sponge_t *sponge,
                                              gluechip_backend_t backend,
                                              gluechip_bytes_t customization);
gluechip_status_t gluechip_tuple_hash_add(gluechip_sponge_t *sponge, gluechip_bytes_t element);
gluechip_status_t gluechip_tuple_hash_final(gluechip_sponge_t *sponge, void *digest,
                                            uint32_t digest_length);
gluechip_status_t gluechip_tuple_hash_xof_final(gluechip_sponge_t *sponge, void *output,
                                                uint32_t output_length);

/* SP 800-185 6, with blocks of `block_bytes`, 1 or more, which are hashed in batches. In pieces: a
 * gluechip_tree_hash_t in the place of the sponge. */
gluechip_status_t gluechip_parallel_hash128(gluechip_backend_t backend, uint32_t block_bytes,
                                            gluechip_bytes_t customization, const void *source,
                                            uint32_t length, void *digest,
                                            uint32_t digest_length);
gluechip_status_t gluechip_parallel_hash256(gluechip_backend_t backend, uint32_t block_bytes,
                                            gluechip_bytes_t customization, const void *source,
                                            uint32_t length, void *digest,
                                            uint32_t digest_length);
gluechip_status_t gluechip_parallel_hash_xof128(gluechip_backend_t backend, uint32_t block_bytes,
                                                gluechip_bytes_t customization,
                                                const void *source, uint32_t length, void *output,
                                                uint32_t output_length);
gluechip_status_t gluechip_parallel_hash_xof256(gluechip_backend_t backend, uint32_t block_bytes,
                                                gluechip_bytes_t customization,
                                                const void *source, uint32_t length, void *output,
                                                uint32_t output_length);
gluechip_status_t gluechip_parallel_hash128_init(gluechip_tree_hash_t *hash,
                                                 gluechip_backend_t backend, uint32_t block_bytes,
                                                 gluechip_bytes_t customization);
gluechip_status_t gluechip_parallel_hash256_init(gluechip_tree_hash_t *hash,
                                                 gluechip_backend_t backend, uint32_t block_bytes,
                                                 gluechip_bytes_t customization);
gluechip_status_t gluechip_parallel_hash_update(gluechip_tree_hash_t *hash, const void *source,
                                                uint32_t length);
gluechip_status_t gluechip_parallel_hash_final(gluechip_tree_hash_t *hash, void *digest,
                                               uint32_t digest_length);
gluechip_status_t gluechip_parallel_hash_xof_final(gluechip_tree_hash_t *hash, void *output,
                                                   uint32_t output_length);

#endif
