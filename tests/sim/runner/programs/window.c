/* Starts a job outside its guard windows. Prints the status and ends with 0. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/keccak.h>

static uint8_t message[64], digest[32];

int main(void)
{
    for (unsigned window = 0; window < GLUECHIP_GUARD_WINDOWS; window++)
        gluechip_guard_set(GLUECHIP_COPROCESSOR_KECCAK, window, 0, 0, GLUECHIP_RIGHTS_NONE, false);
    const gluechip_status_t status =
        gluechip_sha3_256(GLUECHIP_BACKEND_COPROCESSOR, message, sizeof(message), digest);
    printf("%s\n", status == GLUECHIP_ERROR_WINDOW ? "window violation" : "no error");
    for (unsigned i = 0; i < sizeof(digest); i++)
        if (digest[i] != 0)
            return 1;
    return 0;
}
