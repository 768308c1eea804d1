/* What calls leave on the stack: two runs with one secret and one with another leave the same, but for
 * what is new in every run, such as the number of a job. */
#ifndef WHAT_IS_LEFT_H
#define WHAT_IS_LEFT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define STACK_WORDS 700

static uint32_t left[3][STACK_WORDS], now[STACK_WORDS];

/* Copies what the call leaves below the stack pointer to `now`. Calls nothing else meanwhile. */
static __attribute__((noinline)) void leave(void (*call)(unsigned), unsigned number)
{
    uint32_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    volatile uint32_t *const end = (volatile uint32_t *)sp;
    for (unsigned i = 0; i < STACK_WORDS; i++)
        end[-1 - (int)i] = 0;
    call(number);
    for (unsigned i = 0; i < STACK_WORDS; i++)
        now[i] = end[-1 - (int)i];
}

/* NULL, or what is wrong about call(number), with secrets as choose(0) and choose(1) make them. */
static const char *verdict_on(void (*call)(unsigned), unsigned number, void (*choose)(unsigned))
{
    for (unsigned run = 0; run < 3; run++) {
        choose(run == 2);
        leave(call, number);
        memcpy(left[run], now, sizeof now);
    }
    if (now[STACK_WORDS - 1] != 0)
        return "the stack is deeper than what is looked at";
    for (unsigned i = 0; i < STACK_WORDS; i++)
        if (left[0][i] == left[1][i] && left[0][i] != left[2][i])
            return "something is left";
    return NULL;
}

#endif
