/* KangarooTwelve (RFC 9861 3): KT128 and KT256. Leaves of 8 KiB are hashed in batches.
 *
 * The calls return what those of gluechip/sponge.h do; on an error the output is zeroed. The
 * customization comes with the end of the message. After gluechip_kt_final() there is more output
 * by gluechip_tree_hash_squeeze().
 */
#ifndef GLUECHIP_KANGAROO_TWELVE_H
#define GLUECHIP_KANGAROO_TWELVE_H

#include <stdint.h>

#include <gluechip/tree_hash.h>

gluechip_status_t gluechip_kt128(gluechip_backend_t backend, const void *source, uint32_t length,
                                 gluechip_bytes_t customization, void *output,
                                 uint32_t output_length);
gluechip_status_t gluechip_kt256(gluechip_backend_t backend, const void *source, uint32_t length,
                                 gluechip_bytes_t customization, void *output,
                                 uint32_t output_length);
gluechip_status_t gluechip_kt128_init(gluechip_tree_hash_t *hash, gluechip_backend_t backend);
gluechip_status_t gluechip_kt256_init(gluechip_tree_hash_t *hash, gluechip_backend_t backend);
gluechip_status_t gluechip_kt_update(gluechip_tree_hash_t *hash, const void *source,
                                     uint32_t length);
gluechip_status_t gluechip_kt_final(gluechip_tree_hash_t *hash, gluechip_bytes_t customization,
                                    void *output, uint32_t output_length);

#endif
