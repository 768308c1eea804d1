/* Functions of fixed-point numbers, bit by bit as gemmlowp has them (fixedpoint/fixedpoint.h).
 * Qm.n has m integer and n fractional bits beside the sign. */
#ifndef GLUECHIP_DRIVERS_NN_FIXED_POINT_H
#define GLUECHIP_DRIVERS_NN_FIXED_POINT_H

#include <stdint.h>

/* exp(a) in Q0.31 of `a` <= 0, which has `integer_bits`, 1 to 5. */
int32_t exp_on_negative_values(int32_t a, int integer_bits);

/* 1 / (1 + a), Q0.31 both, of `a` >= 0. */
int32_t one_over_one_plus(int32_t a);

#endif
