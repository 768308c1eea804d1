#include <gluechip/hardware.h>
#include <gluechip/system.h>
#include <gluechip/uart.h>

gluechip_status_t gluechip_system_check(void)
{
    if (GLUECHIP_SYSTEM->id != GLUECHIP_SYSTEM_ID_VALUE_RESET ||
        GLUECHIP_GET(GLUECHIP_SYSTEM->version, SYSTEM_VERSION_MAJOR) !=
            GLUECHIP_SYSTEM_VERSION_MAJOR_RESET ||
        GLUECHIP_GET(GLUECHIP_SYSTEM->version, SYSTEM_VERSION_MINOR) <
            GLUECHIP_SYSTEM_VERSION_MINOR_RESET ||
        GLUECHIP_SYSTEM->itcm_bytes < GLUECHIP_ITCM_SIZE ||
        GLUECHIP_SYSTEM->ram_bytes < GLUECHIP_RAM_SIZE)
        return GLUECHIP_ERROR_VERSION;
    return GLUECHIP_OK;
}

_Noreturn void gluechip_exit(int code)
{
    gluechip_uart_flush();
    GLUECHIP_SYSTEM->exit = (uint32_t)code;
    GLUECHIP_CSR_WRITE(mie, 0);
    for (;;)
        gluechip_sleep();
}
