/* Stand-in for a benchmark of Embench: square roots. WRONG breaks its result. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define LOCAL_SCALE_FACTOR 3

#ifndef WRONG
#define WRONG 0
#endif

static volatile double operand;

static int work(int repeats)
{
    int sum = 0;
    for (int i = 0; i < repeats; i++)
        for (int n = 1; n <= 20; n++) {
            operand = n * n;
            sum += (int)sqrt(operand);
        }
    return sum;
}

void initialise_benchmark(void)
{
}

void warm_caches(int temperature)
{
    work(temperature);
}

int benchmark(void)
{
    return work(LOCAL_SCALE_FACTOR * CPU_MHZ) + WRONG;
}

int verify_benchmark(int result)
{
    return result == 210 * LOCAL_SCALE_FACTOR * GLOBAL_SCALE_FACTOR &&
           fabs(VERIFY_DOUBLE_EPS) < VERIFY_FLOAT_EPS;
}
