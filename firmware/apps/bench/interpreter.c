/* Interpreter loop: a machine with 8 registers finds how many steps the Collatz sequence of each
 * number takes to 1, then hashes the counts.
 */
#include <string.h>

#include "bench.h"

#define NUMBERS 48

typedef enum {
    SET,       /* a = immediate */
    ADD,       /* a = b + c */
    ADD_SMALL, /* a = b + small */
    AND_SMALL, /* a = b & small */
    MULTIPLY,  /* a = b * c */
    XOR,       /* a = b ^ c */
    HALVE,     /* a = b >> 1 */
    LOAD,      /* a = memory[b] */
    STORE,     /* memory[b] = a */
    JUMP,      /* to immediate */
    JUMP_ZERO, /* to immediate if a is 0 */
    STOP,
} operation_t;

typedef struct {
    uint8_t operation, a;
    union {
        struct {
            uint8_t b;
            int8_t c; /* a register or a small number */
        };
        uint16_t immediate;
    };
} instruction_t;

static const instruction_t program[] = {
    /* r0 is the number less 1, r1 the sequence, r2 counts steps, r3 is for conditions. */
    [0] = {SET, 0, .immediate = 0},
    [1] = {SET, 4, .immediate = 3},
    [2] = {ADD_SMALL, 1, {{0, 1}}},
    [3] = {SET, 2, .immediate = 0},
    [4] = {ADD_SMALL, 3, {{1, -1}}},
    [5] = {JUMP_ZERO, 3, .immediate = 14},
    [6] = {ADD_SMALL, 2, {{2, 1}}},
    [7] = {AND_SMALL, 3, {{1, 1}}},
    [8] = {JUMP_ZERO, 3, .immediate = 12},
    [9] = {MULTIPLY, 1, {{1, 4}}},
    [10] = {ADD_SMALL, 1, {{1, 1}}},
    [11] = {JUMP, 0, .immediate = 4},
    [12] = {HALVE, 1, {{1, 0}}},
    [13] = {JUMP, 0, .immediate = 4},
    [14] = {STORE, 2, {{0, 0}}},
    [15] = {ADD_SMALL, 0, {{0, 1}}},
    [16] = {ADD_SMALL, 3, {{0, -NUMBERS}}},
    [17] = {JUMP_ZERO, 3, .immediate = 19},
    [18] = {JUMP, 0, .immediate = 2},
    /* r5 = (31 * r5 + r6) ^ memory[r0] for each number, r6 the sum so far. */
    [19] = {SET, 0, .immediate = 0},
    [20] = {SET, 4, .immediate = 31},
    [21] = {SET, 5, .immediate = 1},
    [22] = {SET, 6, .immediate = 0},
    [23] = {LOAD, 7, {{0, 0}}},
    [24] = {ADD, 6, {{6, 7}}},
    [25] = {MULTIPLY, 5, {{5, 4}}},
    [26] = {ADD, 5, {{5, 6}}},
    [27] = {XOR, 5, {{5, 7}}},
    [28] = {ADD_SMALL, 0, {{0, 1}}},
    [29] = {ADD_SMALL, 3, {{0, -NUMBERS}}},
    [30] = {JUMP_ZERO, 3, .immediate = 32},
    [31] = {JUMP, 0, .immediate = 23},
    [32] = {STOP, 5, .immediate = 0},
};

static uint32_t memory[NUMBERS];

void interpreter_prepare(void)
{
    memset(memory, 0, sizeof memory);
}

/* What register a of the STOP holds. */
uint32_t interpreter_run(void)
{
    uint32_t registers[8] = {0};
    for (const instruction_t *next = program;;) {
        const instruction_t i = *next++;
        uint32_t *const a = &registers[i.a];
        switch ((operation_t)i.operation) {
        case SET:
            *a = i.immediate;
            break;
        case ADD:
            *a = registers[i.b] + registers[i.c];
            break;
        case ADD_SMALL:
            *a = registers[i.b] + (uint32_t)i.c;
            break;
        case AND_SMALL:
            *a = registers[i.b] & (uint32_t)i.c;
            break;
        case MULTIPLY:
            *a = registers[i.b] * registers[i.c];
            break;
        case XOR:
            *a = registers[i.b] ^ registers[i.c];
            break;
        case HALVE:
            *a = registers[i.b] >> 1;
            break;
        case LOAD:
            *a = memory[registers[i.b]];
            break;
        case STORE:
            memory[registers[i.b]] = *a;
            break;
        case JUMP:
            next = program + i.immediate;
            break;
        case JUMP_ZERO:
            if (*a == 0)
                next = program + i.immediate;
            break;
        case STOP:
            return *a;
        }
    }
}
