/* Runs a generated network on RUNS inputs, one after the other, and leaves in memory what it gave
 * and how long it took, for the host to read. */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/status.h>

#include "network.h"

extern const int8_t network_inputs[RUNS * NETWORK_INPUT_BYTES];

int8_t run_outputs[RUNS * NETWORK_OUTPUT_BYTES];
uint32_t run_cycles[RUNS];
uint32_t run_layer_cycles[RUNS * NETWORK_LAYERS];
#if KEEP && RUNS > 1
int8_t run_arenas[(RUNS - 1) * NETWORK_ARENA_BYTES]; /* that of the last run is still there */
#endif

static int failed(gluechip_status_t status)
{
    printf("The network ended with: %s\n", gluechip_status_text(status));
    return 1;
}

int main(void)
{
    gluechip_status_t status = network_prepare();
    if (status != GLUECHIP_OK)
        return failed(status);
    for (int run = 0; run < RUNS; run++) {
        network_put_inputs(network_inputs + run * NETWORK_INPUT_BYTES);
        memset(network_cycles, 0, sizeof network_cycles);
        const uint32_t start = gluechip_cycles();
        status = network_run(BACKEND);
        run_cycles[run] = gluechip_cycles() - start;
        if (status != GLUECHIP_OK)
            return failed(status);
        network_get_outputs(run_outputs + run * NETWORK_OUTPUT_BYTES);
        memcpy(run_layer_cycles + run * NETWORK_LAYERS, network_cycles, sizeof network_cycles);
#if KEEP && RUNS > 1
        if (run + 1 < RUNS)
            memcpy(run_arenas + run * NETWORK_ARENA_BYTES, network_arena,
                   NETWORK_ARENA_BYTES);
#endif
    }
    return 0;
}
