#include "session.h"

#include <stdio.h>
#include <string.h>

#include <gluechip/secret.h>

#define NAME_BYTES 20

static const char help[] =
    "TEXT              hashes the text of the line; -t TEXT one that starts with -\n"
    "-x HEX [HEX...]   hashes bytes; the elements of a tuple are apart, all others together\n"
    "-a NAME [BYTES]   chooses the function, and the length of the digest\n"
    "-k HEX            key of KMAC\n"
    "-c TEXT           customization of cSHAKE, KMAC, TupleHash, ParallelHash, KT\n"
    "-d HEX            domain of TurboSHAKE, 01 to 7f\n"
    "-b BYTES          block of ParallelHash\n"
    "-p core           or coprocessor: who hashes\n";

void session_begin(session_t *session)
{
    *session = (session_t){
        .algorithm = &algorithms[0],
        .backend = GLUECHIP_BACKEND_COPROCESSOR,
        .digest_bytes = algorithms[0].digest_bytes,
        .block_bytes = 8192,
        .domain = GLUECHIP_DOMAIN_SHAKE,
    };
}

void session_end(session_t *session)
{
    gluechip_wipe(session, sizeof *session);
}

/* The number that the text is, or 0 unless it is one from 1 to 999,999,999. */
static uint32_t number_of(const char *text)
{
    uint32_t number = 0, digits = 0;
    for (; *text >= '0' && *text <= '9' && digits < 9; digits++)
        number = 10 * number + (uint32_t)(*text++ - '0');
    return *text == '\0' ? number : 0;
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    const char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Turns pairs of digits into bytes where they stand, words into pieces. Returns how many pieces, 1
 * or more; 0 when a word is not hexadecimal or there are too many, which it tells. */
static uint32_t bytes_of(char *text, gluechip_bytes_t pieces[PIECES])
{
    uint8_t *to = (uint8_t *)text;
    uint32_t count = 0;
    pieces[0] = (gluechip_bytes_t){to, 0};
    while (*text != '\0') {
        if (*text == ' ') {
            text++;
            continue;
        }
        if (count == PIECES) {
            printf("sha3sum: there must be %u words or fewer\n", PIECES);
            return 0;
        }
        const uint8_t *const start = to;
        while (*text != '\0' && *text != ' ') {
            const int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);
            if (low < 0) {
                printf("sha3sum: bytes must be pairs of hexadecimal digits, not '%.2s'\n", text);
                return 0;
            }
            *to++ = (uint8_t)(16 * high + low);
            text += 2;
        }
        pieces[count++] = (gluechip_bytes_t){start, (uint32_t)(to - start)};
    }
    return count == 0 ? 1 : count;
}

static void hash(const session_t *session, const gluechip_bytes_t *pieces, uint32_t count)
{
    static uint8_t digest[DIGEST_BYTES];
    const request_t request = {
        .backend = session->backend,
        .pieces = pieces,
        .piece_count = count,
        .key = {session->key, session->key_length},
        .customization = {session->customization, session->customization_length},
        .block_bytes = session->block_bytes,
        .domain = session->domain,
    };
    const gluechip_status_t status =
        session->algorithm->hash(&request, digest, session->digest_bytes);
    if (status != GLUECHIP_OK) {
        printf("sha3sum: %s\n", gluechip_status_text(status));
        return;
    }
    for (uint32_t i = 0; i < session->digest_bytes; i++)
        printf("%02x", digest[i]);
    printf("  %s\n", session->algorithm->name);
}

static void choose_algorithm(session_t *session, char *name)
{
    char *const space = strchr(name, ' ');
    if (space != NULL)
        *space = '\0';
    const algorithm_t *chosen = NULL;
    for (uint32_t i = 0; i < algorithm_count; i++)
        if (strcmp(algorithms[i].name, name) == 0)
            chosen = &algorithms[i];
    if (chosen == NULL) {
        printf("sha3sum: the function must be one of");
        for (uint32_t i = 0; i < algorithm_count; i++)
            printf(" %s", algorithms[i].name);
        printf(", not '%.*s'\n", NAME_BYTES, name);
        return;
    }
    const uint32_t bytes = space == NULL ? chosen->digest_bytes : number_of(space + 1);
    if (chosen->is_fixed && bytes != chosen->digest_bytes)
        printf("sha3sum: a digest of %s must have %u bytes\n", name, chosen->digest_bytes);
    else if (bytes == 0 || bytes > DIGEST_BYTES)
        printf("sha3sum: a digest must have 1 to %u bytes\n", DIGEST_BYTES);
    else
        session->algorithm = chosen, session->digest_bytes = bytes;
}

static void set_key(session_t *session, char *text, uint32_t text_length)
{
    gluechip_bytes_t pieces[PIECES];
    const uint32_t count = bytes_of(text, pieces);
    const uint32_t length = pieces[0].length;
    if (count > 1 || length > KEY_BYTES) {
        printf("sha3sum: a key must be one word of %u bytes or fewer\n", KEY_BYTES);
    } else if (count == 1) {
        memcpy(session->key, text, length);
        session->key_length = length;
    }
    gluechip_wipe(text, text_length);
}

static void set_customization(session_t *session, const char *text)
{
    const uint32_t length = (uint32_t)strlen(text);
    if (length > CUSTOMIZATION_BYTES) {
        printf("sha3sum: a customization must have %u bytes or fewer\n", CUSTOMIZATION_BYTES);
        return;
    }
    memcpy(session->customization, text, length);
    session->customization_length = length;
}

static void set_domain(session_t *session, const char *text)
{
    const int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);
    const int domain = low < 0 || text[2] != '\0' ? 0 : 16 * high + low;
    if (domain == 0 || domain > 0x7f)
        printf("sha3sum: a domain must be from 01 to 7f, not '%.3s'\n", text);
    else
        session->domain = (uint8_t)domain;
}

static void set_block(session_t *session, const char *text)
{
    const uint32_t bytes = number_of(text);
    if (bytes == 0)
        printf("sha3sum: a block must have 1 to 999999999 bytes, not '%.10s'\n", text);
    else
        session->block_bytes = bytes;
}

static void set_backend(session_t *session, const char *text)
{
    if (strcmp(text, "core") == 0)
        session->backend = GLUECHIP_BACKEND_CPU;
    else if (strcmp(text, "coprocessor") == 0)
        session->backend = GLUECHIP_BACKEND_COPROCESSOR;
    else
        printf("sha3sum: it must be core or coprocessor that hashes, not '%.*s'\n", NAME_BYTES,
               text);
}

static void hash_text(const session_t *session, const char *text, uint32_t length)
{
    const gluechip_bytes_t piece = {text, length};
    hash(session, &piece, 1);
}

static void hash_bytes(const session_t *session, char *text)
{
    gluechip_bytes_t pieces[PIECES];
    const uint32_t count = bytes_of(text, pieces);
    if (count != 0)
        hash(session, pieces, count);
}

/* A command: the letter behind the -, and what follows it. */
static void obey(session_t *session, char letter, char *text, uint32_t length)
{
    switch (letter) {
    case 't':
        hash_text(session, text, length);
        break;
    case 'x':
        hash_bytes(session, text);
        break;
    case 'a':
        choose_algorithm(session, text);
        break;
    case 'k':
        set_key(session, text, length);
        break;
    case 'c':
        set_customization(session, text);
        break;
    case 'd':
        set_domain(session, text);
        break;
    case 'b':
        set_block(session, text);
        break;
    case 'p':
        set_backend(session, text);
        break;
    case 'h':
        printf("%s", help);
        break;
    default:
        printf("sha3sum: a command must be one of -a -b -c -d -h -k -p -t -x, not '-%s'; text that "
               "starts with - comes behind -t\n", (const char[]){letter, '\0'});
    }
}

void session_line(session_t *session, char *line, uint32_t length)
{
    if (length >= LINE_BYTES) {
        printf("sha3sum: a line must have fewer than %u bytes\n", LINE_BYTES);
        return;
    }
    line[length] = '\0';
    if (length == 0 || line[0] != '-') {
        hash_text(session, line, length);
        return;
    }
    const uint32_t behind = length >= 3 && line[2] == ' ' ? 3 : length < 2 ? 1 : 2;
    if (line[1] != 't' && memchr(line + 1, '\0', length - 1) != NULL)
        puts("sha3sum: a command must not have a byte of 0; a message may, behind -t or as -x 00");
    else
        obey(session, line[1], line + behind, length - behind);
}
