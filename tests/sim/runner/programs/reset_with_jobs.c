/* Leaves jobs under way to a reset, after which it stores to what the first of them read. */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/matmul.h>

#define SIZE 96
#define OPERAND_BYTES 16384
#define JOBS 4
#define BEFORE 0x12345678 /* in RAM, which a reset leaves as it is */

extern uint32_t __heap_start[];

int main(void)
{
    uint8_t *const a = (uint8_t *)(__heap_start + 1);
    if (__heap_start[0] == BEFORE) {
        for (int i = 0; i < SIZE * SIZE; i++)
            a[i] = 0;
        printf("after\n");
        return 0;
    }
    const gluechip_matmul_job_t product = {
        .a = a, .b = a + OPERAND_BYTES, .c = a + 2 * OPERAND_BYTES, .m = SIZE, .n = SIZE, .k = SIZE,
        .output = GLUECHIP_OUTPUT_INT8, .scale_multiplier = 1 << 30, .scale_shift = -8,
        .clamp_minimum = -128, .clamp_maximum = 127};
    gluechip_ticket_t ticket;
    for (int i = 0; i < JOBS; i++)
        gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &product, NULL, &ticket);
    __heap_start[0] = BEFORE;
    printf("before\n");
    for (;;) {
    }
}
