/* What KMAC, TupleHash and ParallelHash make of cSHAKE. */
#ifndef GLUECHIP_DRIVERS_KECCAK_CSHAKE_H
#define GLUECHIP_DRIVERS_KECCAK_CSHAKE_H

#include <gluechip/sp800_185.h>

#include "encode.h"
#include "pieces.h"

typedef gluechip_status_t cshake_init_t(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                        gluechip_bytes_t name, gluechip_bytes_t customization);

/* Name of a function of NIST, from a string of C. */
#define NAME(text) ((gluechip_bytes_t){(text), sizeof(text) - 1})

/* Ends a message with the length of the output, 1 or more, and wipes the sponge. */
gluechip_status_t end_fixed(gluechip_sponge_t *sponge, void *output, uint32_t output_length);

/* Ends the message of an XOF, whose length is encoded as 0. The sponge may go on. */
gluechip_status_t end_xof(gluechip_sponge_t *sponge, void *output, uint32_t output_length);

/* Likewise, but the length is 1 or more, and the sponge is wiped. */
gluechip_status_t end_xof_at_once(gluechip_sponge_t *sponge, void *output,
                                  uint32_t output_length);

#endif
