#include "report.h"

#include <stdio.h>

/* None of this is worth much code. */
#define SMALL static __attribute__((cold, noinline))

#define RATE_BYTES 136
#define LIMBS (WORD_BYTES / 4)
#define BILLION 1000000000u

SMALL void print_hex(const uint8_t *bytes, uint32_t length)
{
    printf("0x");
    for (uint32_t i = 0; i < length; i++)
        printf("%02x", bytes[i]);
}

/* The quotient of `limbs`, the largest first, by a billion; returns the rest. By halves of words,
 * which needs no division of 64 bits. */
SMALL uint32_t divide_by_billion(uint32_t limbs[LIMBS])
{
    uint64_t rest = 0;
    for (int i = 0; i < LIMBS; i++) {
        uint32_t quotient = 0;
        for (int bit = 31; bit >= 0; bit--) {
            rest = rest << 1 | (limbs[i] >> bit & 1);
            quotient <<= 1;
            if (rest >= BILLION)
                rest -= BILLION, quotient |= 1;
        }
        limbs[i] = quotient;
    }
    return (uint32_t)rest;
}

SMALL void print_decimal(const uint8_t *word)
{
    uint32_t limbs[LIMBS], groups[9]; /* 2^256 has 78 digits */
    for (int i = 0; i < LIMBS; i++)
        limbs[i] = (uint32_t)word[4 * i] << 24 | (uint32_t)word[4 * i + 1] << 16 |
                   (uint32_t)word[4 * i + 2] << 8 | word[4 * i + 3];
    int last = 0;
    for (int i = 0; i < 9; i++) {
        groups[i] = divide_by_billion(limbs);
        if (groups[i] != 0)
            last = i;
    }
    printf("%u", (unsigned)groups[last]);
    while (last-- > 0)
        printf("%09u", (unsigned)groups[last]);
}

/* As numbers are shown: without leading zeros. */
SMALL void print_quantity(const uint8_t *word)
{
    uint32_t first = 0;
    while (first < WORD_BYTES - 1 && word[first] == 0)
        first++;
    printf("0x%x", word[first]);
    for (uint32_t i = first + 1; i < WORD_BYTES; i++)
        printf("%02x", word[i]);
}

SMALL bool is_zero(const uint8_t *word)
{
    uint8_t bits = 0;
    for (uint32_t i = 0; i < WORD_BYTES; i++)
        bits |= word[i];
    return bits == 0;
}

/* The piece that is the key of a slot. */
SMALL const span_t *key_of(const request_t *request, uint32_t slot)
{
    uint32_t piece = PIECE_ADDRESS + 1 + request->account_nodes;
    for (uint32_t i = 0; i < slot; i++)
        piece += 1 + request->slots[i].nodes;
    return &request->pieces[piece];
}

SMALL void print_proved(const request_t *request, const verdict_t *verdict)
{
    printf("Proved of block %llu, hash ", (unsigned long long)verdict->number);
    print_hex(request->block_hash, HASH_BYTES);
    printf("\naccount ");
    print_hex(request->pieces[PIECE_ADDRESS].at, request->pieces[PIECE_ADDRESS].length);
    if (verdict->present) {
        printf("\n  nonce        ");
        print_decimal(request->account.nonce);
        printf("\n  balance      ");
        print_decimal(request->account.balance);
        printf(" wei\n  code hash    ");
        print_hex(request->account.code_hash, HASH_BYTES);
        printf("\n  storage hash ");
        print_hex(request->account.storage_hash, HASH_BYTES);
        printf("\n");
    } else {
        printf("\n  does not exist\n");
    }
    for (uint32_t i = 0; i < request->slot_count; i++) {
        printf("slot ");
        print_quantity(key_of(request, i)->at);
        printf("\n  ");
        if (is_zero(request->slots[i].value))
            printf("holds nothing");
        else
            print_quantity(request->slots[i].value);
        printf("\n");
    }
}

SMALL void print_place(const request_t *request, const verdict_t *verdict)
{
    if (verdict->part == PART_HEADER)
        printf("header");
    if (verdict->part == PART_ACCOUNT)
        printf("account");
    if (verdict->part == PART_SLOT) {
        printf("slot ");
        print_quantity(key_of(request, verdict->slot)->at);
    }
    if (verdict->node != NO_NODE)
        printf(", node %u of its proof", (unsigned)verdict->node);
}

void report_verdict(const request_t *request, const verdict_t *verdict, gluechip_status_t status)
{
    if (verdict->fault == FAULT_NONE) {
        print_proved(request, verdict);
        return;
    }
    printf("Not proved. ");
    print_place(request, verdict);
    printf(": %s", fault_text(verdict->fault));
    if (verdict->fault == FAULT_HASHING)
        printf(" (%s)", gluechip_status_text(status));
    printf("\n");
}

void report_hashes(const request_t *request)
{
    uint32_t bytes = 0, permutations = 0;
    for (uint32_t i = 0; i < request->piece_count; i++) {
        bytes += request->pieces[i].length;
        permutations += request->pieces[i].length / RATE_BYTES + 1;
    }
    printf("\n%u hashes of %u bytes: %u permutations\n", (unsigned)request->piece_count,
           (unsigned)bytes, (unsigned)permutations);
}

SMALL void print_row(const char *name, uint32_t cycles, uint32_t total)
{
    const unsigned share = (unsigned)((1000ull * cycles + total / 2) / total);
    printf("  %-28s %9u %5u.%u %%\n", name, (unsigned)cycles, share / 10, share % 10);
}

/* While the core waits the coprocessor is busy. What it is busy beyond that goes on beside the
 * core. */
void report_times(const char *title, const times_t *times)
{
    const uint32_t busy = times->busy < times->total ? times->busy : times->total;
    const uint32_t alone = times->waiting < busy ? times->waiting : busy;
    printf("%s\n", title);
    print_row("only the core works", times->total - busy, times->total);
    print_row("only the coprocessor works", alone, times->total);
    print_row("both work", busy - alone, times->total);
    print_row("all", times->total, times->total);
}

void report_gain(const char *what, uint32_t before, uint32_t after)
{
    const unsigned tenths = (unsigned)((10ull * before + after / 2) / after);
    printf("%s: %u.%u x\n", what, tenths / 10, tenths % 10);
}
