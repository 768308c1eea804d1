/* State machine: tells the numbers in a text from other words, and integers, decimals and those
 * with an exponent from each other.
 */
#include <stdbool.h>

#include "bench.h"

#define LENGTH 2400

typedef enum {
    BETWEEN, /* before a word */
    SIGN,
    INTEGER,    /* 12 */
    POINT,      /* . without a digit yet */
    DECIMAL,    /* 12. or .5 */
    EXPONENT,   /* 12e */
    POWER_SIGN, /* 12e- */
    SCIENTIFIC, /* 12e-3 */
    OTHER,
} state_t;

static char text[LENGTH + 1];

void state_prepare(void)
{
    static const char pieces[16][4] = {"7", "42", "305", "0", "1.5", ".", "e", "E",
                                       "e-", "E+", "-", "x", " ", " ", ", ", ";"};
    uint32_t state = 3;
    for (int i = 0; i < LENGTH;)
        for (const char *p = pieces[bench_random(&state) >> 28]; *p != '\0' && i < LENGTH; p++)
            text[i++] = *p;
    text[LENGTH] = '\0';
}

static bool ends_word(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '\0';
}

static state_t next(state_t state, char c)
{
    const bool digit = c >= '0' && c <= '9', sign = c == '+' || c == '-';
    switch (state) {
    case BETWEEN:
        return digit ? INTEGER : sign ? SIGN : c == '.' ? POINT : OTHER;
    case SIGN:
        return digit ? INTEGER : c == '.' ? POINT : OTHER;
    case INTEGER:
        return digit ? INTEGER : c == '.' ? DECIMAL : (c | 32) == 'e' ? EXPONENT : OTHER;
    case POINT:
        return digit ? DECIMAL : OTHER;
    case DECIMAL:
        return digit ? DECIMAL : (c | 32) == 'e' ? EXPONENT : OTHER;
    case EXPONENT:
        return digit ? SCIENTIFIC : sign ? POWER_SIGN : OTHER;
    case POWER_SIGN:
    case SCIENTIFIC:
        return digit ? SCIENTIFIC : OTHER;
    default:
        return OTHER;
    }
}

/* 0 for what is not a number. */
static uint32_t kind(state_t state)
{
    return state == INTEGER ? 1 : state == DECIMAL ? 2 : state == SCIENTIFIC ? 3 : 0;
}

uint32_t state_run(void)
{
    uint32_t digest = BENCH_FOLD_START, counts[4] = {0};
    state_t state = BETWEEN;
    for (uint32_t i = 0; i <= LENGTH; i++) {
        if (!ends_word(text[i])) {
            state = next(state, text[i]);
        } else if (state != BETWEEN) {
            counts[kind(state)]++;
            digest = bench_fold(digest, i << 2 | kind(state));
            state = BETWEEN;
        }
    }
    for (int i = 0; i < 4; i++)
        digest = bench_fold(digest, counts[i]);
    return digest;
}
