/* Spreads secrets over the chip, then clears them.
 *
 * The secret is what the heap holds at the start; the test puts it there. It goes into CSRs, devices,
 * coprocessors with jobs under way and queued, and at last into all registers. ZEROIZE is the function
 * under test or a copy of it with a step less; NEXT what it then calls.
 */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/system.h>

#define OPERAND_BYTES 2048
#define MESSAGE_BYTES 6000
#define SIZE 24 /* rows, columns and depth of the matrices */

extern uint32_t __heap_start[], __heap_end[];

_Noreturn void fill_registers_and_leave(const uint32_t *secret);

/* What runs then: RAM is clear but for the variables and the stack, and nothing was received. */
int after(void)
{
    uint32_t left = GLUECHIP_UART->receive;
    for (const uint32_t *word = __heap_start; word < __heap_end; word++)
        left |= *word;
    printf(left == 0 ? "zeroized\n" : "something is left\n");
    return left != 0;
}

static void start_jobs(uint8_t *heap)
{
    uint8_t *const a = heap, *const b = heap + OPERAND_BYTES;
    const gluechip_matmul_job_t product = {
        .a = a, .b = b, .c = heap + 2 * OPERAND_BYTES, .m = SIZE, .n = SIZE, .k = SIZE,
        .output = GLUECHIP_OUTPUT_INT8, .scale_multiplier = 1 << 30, .scale_shift = -8,
        .clamp_minimum = -128, .clamp_maximum = 127};
    const gluechip_keccak_job_t digest =
        gluechip_sha3_256_job(heap, MESSAGE_BYTES, heap + 4 * OPERAND_BYTES);
    gluechip_ticket_t first, last;
    gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &product); /* its operands stay in the buffers */
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &digest, NULL, &first);
    gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &product, NULL, &last);
    gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &product, &first, NULL);
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &digest, &last, NULL);
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &digest, NULL, NULL);
}

int main(void)
{
    if (__heap_start[0] == 0)
        return after();
    const uint32_t *const secret = __heap_start;
    start_jobs((uint8_t *)__heap_start);
    GLUECHIP_SYSTEM->scratch = secret[40];
    GLUECHIP_GPIO->leds = secret[41];
    GLUECHIP_CLINT->mtimecmp_low = secret[42];
    GLUECHIP_CSR_WRITE(mscratch, secret[43]);
    GLUECHIP_CSR_WRITE(mepc, secret[44]);
    GLUECHIP_CSR_WRITE(mtval, secret[45]);
    GLUECHIP_CSR_WRITE(mcause, secret[46]);
    fill_registers_and_leave(secret);
}
