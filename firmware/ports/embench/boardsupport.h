/* Port of Embench to Gluechip: sizes of the work. support.h includes it. */
#ifndef BOARDSUPPORT_H
#define BOARDSUPPORT_H

/* Embench 1 repeats a benchmark CPU_MHZ times its own factor, Embench 2 GLOBAL_SCALE_FACTOR times:
 * at 1, some 4 million cycles on a core of its reference kind. */
#ifndef CPU_MHZ
#define CPU_MHZ 1
#endif
#ifndef GLOBAL_SCALE_FACTOR
#define GLOBAL_SCALE_FACTOR CPU_MHZ
#endif

/* Gluechip has no caches to warm. */
#ifndef WARMUP_HEAT
#define WARMUP_HEAT 0
#endif

#define VERIFY_DOUBLE_EPS 1.0e-13
#define VERIFY_FLOAT_EPS 1.0e-5

#endif
