/* What a line that comes over the serial line does. */
#ifndef SHA3SUM_SESSION_H
#define SHA3SUM_SESSION_H

#include "algorithms.h"

#define LINE_BYTES 1024
#define KEY_BYTES 256
#define CUSTOMIZATION_BYTES 256
#define DIGEST_BYTES 512 /* at most */
#define PIECES 32

typedef struct {
    const algorithm_t *algorithm;
    gluechip_backend_t backend;
    uint32_t digest_bytes, block_bytes, key_length, customization_length;
    uint8_t domain;
    uint8_t key[KEY_BYTES];
    char customization[CUSTOMIZATION_BYTES];
} session_t;

void session_begin(session_t *session);

/* Does what a line of `length` bytes says, and prints the answer. One of LINE_BYTES or more is
 * refused. `line` has room for LINE_BYTES, and is overwritten. */
void session_line(session_t *session, char *line, uint32_t length);

/* Overwrites the key. */
void session_end(session_t *session);

#endif
