/* output:
interrupts 2, jobs ended
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>
#include <gluechip/keccak.h>

static volatile int interrupts;
static uint8_t message[500], digest[32];

static void handle(void)
{
    GLUECHIP_KECCAK->interrupt_pending = GLUECHIP_KECCAK_INTERRUPT_PENDING_DONE_MASK;
    interrupts++;
}

int main(void)
{
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_KECCAK, handle);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_KECCAK, true);
    GLUECHIP_KECCAK->interrupt_enable = GLUECHIP_KECCAK_INTERRUPT_ENABLE_DONE_MASK;
    gluechip_interrupts_enable(true);
    gluechip_ticket_t ticket;
    const gluechip_keccak_job_t job = gluechip_sha3_256_job(message, sizeof message, digest);
    for (int i = 1; i <= 2; i++) {
        gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, &ticket);
        while (interrupts < i)
            gluechip_sleep();
    }
    printf("interrupts %d, jobs %s\n", interrupts,
           gluechip_ended(&ticket) ? "ended" : "under way");
    return 0;
}
