/* Between the two ways to compute a depthwise convolution. */
#ifndef GLUECHIP_DRIVERS_NN_DEPTHWISE_H
#define GLUECHIP_DRIVERS_NN_DEPTHWISE_H

#include "layer.h"

/* On the core. `job` has all that is the same for all outputs, and the first image; `filter` are the
 * weights as the caller has them. */
void depthwise_cpu(const gluechip_matmul_job_t *job, const window_t *window, const int8_t *filter);

#endif
