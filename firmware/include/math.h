/* The little of the standard header that Gluechip's runtime has. Floating point is computed in
 * software: some hundred cycles an operation, two thousand a square root. */
#ifndef GLUECHIP_MATH_H
#define GLUECHIP_MATH_H

/* Correctly rounded to nearest; not a number below 0. */
double sqrt(double value);

static inline double fabs(double value)
{
    return __builtin_fabs(value);
}

#endif
