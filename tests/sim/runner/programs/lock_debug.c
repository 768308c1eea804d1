/* Locks the debug port, and stays for a while. */
#include <gluechip/hardware.h>
#include <gluechip/system.h>

int main(void)
{
    GLUECHIP_SYSTEM->debug_lock = 1;
    while (gluechip_cycles() < 400000) {
    }
    return 5;
}
