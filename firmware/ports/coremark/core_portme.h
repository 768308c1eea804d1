/* Port of CoreMark 1.0 to Gluechip: types and choices. coremark.h includes it. */
#ifndef CORE_PORTME_H
#define CORE_PORTME_H

#include <stddef.h>
#include <stdint.h>

/* Seconds are whole numbers; what is reported to three places is in portable_fini(). */
#define HAS_FLOAT 0
#define HAS_TIME_H 0
#define USE_CLOCK 0
#define HAS_STDIO 1
#define HAS_PRINTF 1

#ifndef COMPILER_VERSION
#define COMPILER_VERSION __VERSION__
#endif
#ifndef COMPILER_FLAGS
#define COMPILER_FLAGS "-O3 -fomit-frame-pointer"
#endif
#ifndef MEM_LOCATION
#define MEM_LOCATION "RAM, one cycle"
#endif

#define SEED_METHOD SEED_VOLATILE
#define MEM_METHOD MEM_STATIC

#define MULTITHREAD 1
#define USE_PTHREAD 0
#define USE_FORK 0
#define USE_SOCKET 0
#define MAIN_HAS_NOARGC 1
#define MAIN_HAS_NORETURN 0

typedef int16_t ee_s16;
typedef uint16_t ee_u16;
typedef int32_t ee_s32;
typedef uint32_t ee_u32;
typedef uint8_t ee_u8;
typedef double ee_f32;
typedef uintptr_t ee_ptr_int;
typedef size_t ee_size_t;

#define align_mem(x) ((void *)(((ee_ptr_int)(x) + 3) & ~(ee_ptr_int)3))

/* Clock cycles: they wrap after 2^32, 85 s at 50 MHz. */
#define CORETIMETYPE ee_u32
typedef ee_u32 CORE_TICKS;

#ifndef ITERATIONS
#define ITERATIONS 10
#endif

#if !defined(PROFILE_RUN) && !defined(PERFORMANCE_RUN) && !defined(VALIDATION_RUN)
#if TOTAL_DATA_SIZE == 1200
#define PROFILE_RUN 1
#elif TOTAL_DATA_SIZE == 2000
#define PERFORMANCE_RUN 1
#else
#define VALIDATION_RUN 1
#endif
#endif

typedef struct CORE_PORTABLE_S {
    ee_u8 portable_id;
} core_portable;

extern ee_u32 default_num_contexts;

void portable_init(core_portable *p, int *argc, char *argv[]);
void portable_fini(core_portable *p);

#endif
