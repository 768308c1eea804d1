#include "runtime.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <gluechip/coprocessor.h>
#include <gluechip/system.h>

void gluechip_runtime_start(void)
{
    for (gluechip_coprocessor_t c = 0; c < GLUECHIP_COPROCESSORS; c++) {
        if (gluechip_coprocessor_check(c) != GLUECHIP_OK) {
            printf("*** coprocessor %d is not the one that this program was built for\n", c);
            gluechip_exit(GLUECHIP_EXIT_WRONG_CHIP);
        }
        gluechip_guard_set(c, 0, GLUECHIP_RAM_BASE, GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE,
                           GLUECHIP_RIGHTS_READ_WRITE, false);
#ifdef GLUECHIP_EXTERNAL_BASE
        gluechip_guard_set(c, 1, GLUECHIP_EXTERNAL_BASE,
                           GLUECHIP_EXTERNAL_BASE + GLUECHIP_EXTERNAL_SIZE, GLUECHIP_RIGHTS_READ,
                           false);
#endif
    }
}

_Noreturn void gluechip_assert_failed(const char *condition, const char *file, int line)
{
    printf("\n*** assertion failed: %s (%s:%d)\n", condition, file, line);
    gluechip_exit(GLUECHIP_EXIT_ASSERTION);
}

_Noreturn void exit(int code)
{
    gluechip_exit(code);
}

_Noreturn void abort(void)
{
    puts("\n*** abort");
    gluechip_exit(GLUECHIP_EXIT_ABORT);
}
