/* The coprocessor as a native backend of mlkem-native; docs/hashing.md plugs it in. */
#ifndef GLUECHIP_MLKEM_NATIVE_H
#define GLUECHIP_MLKEM_NATIVE_H

#include <stdint.h>

/* Permutes the 25 lanes of `state` on the coprocessor: Keccak-f[1600].
 *
 * Returns 0 (MLK_NATIVE_FUNC_SUCCESS); -1 (MLK_NATIVE_FUNC_FALLBACK) with the state as it was, when
 * the coprocessor cannot: the library then permutes it on the core.
 */
int gluechip_keccak_f1600_x1(uint64_t *state);

#endif
