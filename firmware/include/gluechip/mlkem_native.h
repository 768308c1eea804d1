/* The coprocessor as a FIPS 202 backend of mlkem-native and mldsa-native.
 *
 * For mlkem-native, in its configuration:
 *
 *     #define MLK_CONFIG_USE_NATIVE_BACKEND_FIPS202
 *     #define MLK_CONFIG_FIPS202_BACKEND_FILE "backend.h"
 *
 * with this backend.h (older versions say MLK_USE_FIPS202_X1_NATIVE):
 *
 *     #include "src/fips202/native/api.h"
 *     #include <gluechip/mlkem_native.h>
 *     #define MLK_USE_NATIVE_FIPS202_X1
 *     static MLK_INLINE int mlk_keccak_f1600_x1_native(uint64_t *state)
 *     {
 *         return gluechip_keccak_f1600_x1(state);
 *     }
 */
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
