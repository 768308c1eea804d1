/* What the program says. */
#ifndef REPORT_H
#define REPORT_H

#include "proof.h"

/* Cycles of one check: all of them, those in which the core waited for a hash, and those in which
 * the coprocessor was busy. */
typedef struct {
    uint32_t total, waiting, busy;
} times_t;

/* What has been proved, or where it fails and why. */
void report_verdict(const request_t *request, const verdict_t *verdict, gluechip_status_t status);

/* What has been hashed. */
void report_hashes(const request_t *request);

/* Where the cycles went of a check in which core and coprocessor took turns or worked together. */
void report_times(const char *title, const times_t *times);

/* How many times `before` is `after`. */
void report_gain(const char *what, uint32_t before, uint32_t after);

#endif
