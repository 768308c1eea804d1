/* Stand-in for CoreMark: uses all that a port gives, and prints with the same conversions. */
#include "coremark.h"

#if SEED_METHOD != SEED_VOLATILE || MEM_METHOD != MEM_STATIC || MULTITHREAD != 1
#error "another port than this stand-in is for"
#endif

extern volatile ee_s32 seed1_volatile, seed2_volatile, seed3_volatile, seed4_volatile,
    seed5_volatile;

static ee_u8 memory[TOTAL_DATA_SIZE];

static ee_u16 work(ee_u16 sum, const ee_s16 *values, ee_u32 count)
{
    for (ee_u32 i = 0; i < count; i++)
        sum = (ee_u16)(sum * 31 + values[i]);
    return sum;
}

int main(void)
{
    int argc = 0;
    char *argv[1];
    core_portable port;
    portable_init(&port, &argc, argv);
    ee_s16 *const values = align_mem(memory + 1);
    const ee_u32 count = (TOTAL_DATA_SIZE - 4) / sizeof *values;
    for (ee_u32 i = 0; i < count; i++)
        values[i] = (ee_s16)(i * seed3_volatile + seed1_volatile);
    const ee_u32 iterations = (ee_u32)seed4_volatile;
    ee_u16 sum = 0;
    start_time();
    for (ee_u32 i = 0; i < iterations; i++)
        sum = work(sum, values, count);
    stop_time();
    const CORE_TICKS ticks = get_time();
    int errors = (ee_u32)((ee_ptr_int)values & 3) != 0 || (ee_u8 *)values - memory > 4;
    errors += port.portable_id != 1 || default_num_contexts != 1 || seed5_volatile != 0;
    errors += seed1_volatile != seed2_volatile;
    errors += sizeof(ee_u8) != 1 || sizeof(ee_u16) != 2 || sizeof(ee_s16) != 2;
    errors += sizeof(ee_u32) != 4 || sizeof(ee_s32) != 4;
    errors += sizeof(ee_ptr_int) != sizeof(void *) || (ee_s16)-1 > 0 || (ee_s32)-1 > 0;
    ee_printf("Total ticks      : %lu\n", (long unsigned)ticks);
    ee_printf("Total time (secs): %d\n", (int)time_in_secs(ticks));
    ee_printf("Iterations       : %lu\n", (long unsigned)iterations);
    ee_printf("Compiler version : %s\n", COMPILER_VERSION);
    ee_printf("Compiler flags   : %s\n", COMPILER_FLAGS);
    ee_printf("Memory location  : %s\n", MEM_LOCATION);
    ee_printf("[%d]crcfinal      : 0x%04x\n", 0, sum);
    ee_printf("seeds            : %d %d %d\n", (int)seed1_volatile, (int)seed2_volatile,
              (int)seed3_volatile);
    ee_printf("seconds of 3 s   : %u\n", (unsigned)time_in_secs(3u * 50000000u + 7));
    ee_printf("%d errors\n", errors);
    portable_fini(&port);
    return 0;
}
