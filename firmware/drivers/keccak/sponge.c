#include <gluechip/sponge.h>

#include <stddef.h>
#include <string.h>

#include <gluechip/secret.h>

#include "pieces.h"

enum {
    PHASE_NONE, /* of a wiped sponge */
    PHASE_FRESH,
    PHASE_ABSORBING, /* at least one block has been absorbed */
    PHASE_SQUEEZING,
};

/* Whether the sponge may go on, and the piece of memory is one. Else the sponge has an error. */
static bool may(gluechip_sponge_t *sponge, bool in_order, const void *piece, uint32_t length)
{
    if (sponge == NULL)
        return false;
    if (sponge->status == GLUECHIP_OK && (!in_order || (piece == NULL && length != 0)))
        sponge->status = GLUECHIP_ERROR_ARGUMENT;
    return sponge->status == GLUECHIP_OK;
}

static bool is_absorbing(const gluechip_sponge_t *sponge)
{
    return sponge != NULL &&
           (sponge->phase == PHASE_FRESH || sponge->phase == PHASE_ABSORBING);
}

static gluechip_status_t status_of(const gluechip_sponge_t *sponge)
{
    return sponge == NULL ? GLUECHIP_ERROR_ARGUMENT : (gluechip_status_t)sponge->status;
}

/* A job on the sponge's state. A fresh one has none to load. */
static gluechip_status_t run(gluechip_sponge_t *sponge, const void *source, uint32_t length,
                             bool no_padding, void *output, uint32_t output_length)
{
    gluechip_keccak_job_t job =
        gluechip_hash_job(sponge->function, source, length, output, output_length);
    job.no_padding = no_padding;
    job.load_state = sponge->phase != PHASE_FRESH;
    job.store_state = true;
    job.state = sponge->state;
    sponge->status = (int8_t)gluechip_keccak((gluechip_backend_t)sponge->backend, &job);
    return (gluechip_status_t)sponge->status;
}

static gluechip_status_t absorb(gluechip_sponge_t *sponge, const void *source, uint32_t length)
{
    const gluechip_status_t status = run(sponge, source, length, true, NULL, 0);
    sponge->phase = PHASE_ABSORBING;
    return status;
}

/* The bytes that the last block of an output gives. The rest of the block is in the state. */
static uint8_t given(const gluechip_sponge_t *sponge, uint32_t length)
{
    return length == 0 ? 0 : (uint8_t)((length - 1) % sponge->function.rate_bytes + 1);
}

gluechip_status_t gluechip_sponge_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                       gluechip_function_t function)
{
    if (sponge == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_keccak_job_t job = gluechip_hash_job(function, NULL, 0, NULL, 0);
    job.store_state = true;
    job.state = sponge->state;
    const bool is_backend =
        backend == GLUECHIP_BACKEND_CPU || backend == GLUECHIP_BACKEND_COPROCESSOR;
    sponge->function = function;
    sponge->phase = PHASE_FRESH;
    sponge->position = 0;
    sponge->backend = (int8_t)backend;
    sponge->status = (int8_t)(is_backend ? gluechip_keccak_check(&job) : GLUECHIP_ERROR_ARGUMENT);
    return (gluechip_status_t)sponge->status;
}

gluechip_status_t gluechip_sponge_update(gluechip_sponge_t *sponge, const void *data,
                                         uint32_t length)
{
    if (!may(sponge, is_absorbing(sponge), data, length))
        return status_of(sponge);
    if (length == 0)
        return GLUECHIP_OK;
    const unsigned rate = sponge->function.rate_bytes;
    const uint8_t *from = data;
    if (sponge->position != 0) {
        const uint32_t bytes = least(length, rate - sponge->position);
        memcpy(sponge->buffer + sponge->position, from, bytes);
        sponge->position = (uint8_t)(sponge->position + bytes);
        from += bytes;
        length -= bytes;
        if (sponge->position != rate)
            return GLUECHIP_OK;
        sponge->position = 0;
        if (absorb(sponge, sponge->buffer, rate) != GLUECHIP_OK)
            return status_of(sponge);
    }
    if (length >= rate) {
        const uint32_t rest = length % rate;
        if (absorb(sponge, from, length - rest) != GLUECHIP_OK)
            return status_of(sponge);
        from += length - rest;
        length = rest;
    }
    memcpy(sponge->buffer, from, length);
    sponge->position = (uint8_t)length;
    return GLUECHIP_OK;
}

gluechip_status_t refuse(gluechip_sponge_t *sponge)
{
    may(sponge, false, NULL, 0);
    return status_of(sponge);
}

gluechip_status_t end_block(gluechip_sponge_t *sponge)
{
    if (!may(sponge, is_absorbing(sponge), NULL, 0) || sponge->position == 0)
        return status_of(sponge);
    const unsigned bytes = sponge->position;
    sponge->position = 0;
    return absorb(sponge, sponge->buffer, bytes);
}

gluechip_status_t gluechip_sponge_final(gluechip_sponge_t *sponge, void *output, uint32_t length)
{
    if (may(sponge, is_absorbing(sponge), output, length)) {
        run(sponge, sponge->buffer, sponge->position, false, output, length);
        sponge->phase = PHASE_SQUEEZING;
        sponge->position = given(sponge, length);
    }
    return zero_unless_ok(status_of(sponge), output, length);
}

gluechip_status_t gluechip_sponge_squeeze(gluechip_sponge_t *sponge, void *output,
                                          uint32_t length)
{
    const bool in_order = sponge != NULL && sponge->phase == PHASE_SQUEEZING;
    if (may(sponge, in_order, output, length) && length != 0) {
        const uint32_t bytes = least(length, sponge->function.rate_bytes - sponge->position);
        memcpy(output, sponge->state + sponge->position, bytes);
        sponge->position = (uint8_t)(sponge->position + bytes);
        if (bytes != length) {
            run(sponge, NULL, 0, true, (uint8_t *)output + bytes, length - bytes);
            sponge->position = given(sponge, length - bytes);
        }
    }
    return zero_unless_ok(status_of(sponge), output, length);
}

void gluechip_sponge_wipe(gluechip_sponge_t *sponge)
{
    if (sponge != NULL)
        gluechip_wipe(sponge, sizeof *sponge);
}
