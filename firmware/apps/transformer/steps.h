/* What both ways to run the block do, and count. */
#ifndef STEPS_H
#define STEPS_H

#include <gluechip/hardware.h>
#include <gluechip/nn.h>
#include <gluechip/pipeline.h>

#include "activations.h"
#include "block.h"
#include "jobs.h"

extern gluechip_pipeline_t pipeline;
extern times_t *now; /* of the run under way */

#define TRY(call)                                                                                  \
    do {                                                                                           \
        const gluechip_status_t tried = call;                                                      \
        if (tried != GLUECHIP_OK)                                                                  \
            return tried;                                                                          \
    } while (0)

/* Does `call` on the core as part of `step`. */
#define ON_CORE(step, call)                                                                        \
    do {                                                                                           \
        const uint32_t start = gluechip_cycles();                                                  \
        TRY(call);                                                                                 \
        now->cycles[step] += gluechip_cycles() - start;                                            \
    } while (0)

/* Begins a run that counts in `times`. */
void begin(gluechip_backend_t backend, times_t *times);

/* As gluechip_pipeline_submit(), _wait(), by the number of a job. */
gluechip_status_t submit(unsigned job);
gluechip_status_t wait_for(unsigned submitted);

/* Of the scores of a head. */
gluechip_status_t softmax_rows(int block, int head, int row, int rows);

#endif
