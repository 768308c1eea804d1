/* Says hello, and what the chip is. */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/system.h>

int main(void)
{
    printf("Hello from Gluechip (%s)\n", GLUECHIP_CONFIGURATION);
    if (gluechip_system_check() != GLUECHIP_OK) {
        puts("This program was built for another chip.");
        return 1;
    }
    printf("%u MHz, ITCM %u KiB, RAM %u KiB, array %ux%u with %u requantizer lanes\n",
           (unsigned)(GLUECHIP_CLOCK_HZ / 1000000), (unsigned)(GLUECHIP_ITCM_SIZE / 1024),
           (unsigned)(GLUECHIP_RAM_SIZE / 1024), (unsigned)GLUECHIP_ARRAY_ROWS,
           (unsigned)GLUECHIP_ARRAY_COLUMNS, (unsigned)GLUECHIP_REQUANTIZER_LANES);
    return 0;
}
