/* Stand-in for the main() of Embench, which calls all that a board gives. */
#include "support.h"

int main(void)
{
    initialise_board();
    initialise_benchmark();
    warm_caches(WARMUP_HEAT);
    start_trigger();
    volatile int result = benchmark();
    stop_trigger();
    return !verify_benchmark(result);
}
