/* What a driver call returns, and which backend it uses. */
#ifndef GLUECHIP_STATUS_H
#define GLUECHIP_STATUS_H

/* Where the work of an accelerator call is done. Both give the same bytes. */
typedef enum {
    GLUECHIP_BACKEND_CPU = 0,
    GLUECHIP_BACKEND_COPROCESSOR = 1,
} gluechip_backend_t;

typedef enum {
    GLUECHIP_OK = 0,
    GLUECHIP_ERROR_ARGUMENT = -1,   /* an argument is outside its legal range */
    GLUECHIP_ERROR_ADDRESS = -2,    /* an operand does not lie in RAM, where coprocessors reach */
    GLUECHIP_ERROR_QUEUE_FULL = -3, /* four jobs are waiting already; try again after a wait */
    GLUECHIP_ERROR_DESCRIPTOR = -4, /* the coprocessor rejected a field of the job */
    GLUECHIP_ERROR_WINDOW = -5,     /* the guard forbade a read or write; nothing was written */
    GLUECHIP_ERROR_DEPENDENCY = -6, /* the awaited job failed, or its end is not known */
    GLUECHIP_ERROR_ABORTED = -7,    /* the job was aborted or the coprocessor zeroized */
    GLUECHIP_ERROR_TIMEOUT = -8,    /* the bound of the wait passed; the job goes on */
    GLUECHIP_ERROR_VERSION = -9,    /* the block does not carry the ID that this driver is for */
    GLUECHIP_ERROR_UNKNOWN = -10,   /* the job is too old: its record has been reused */
    GLUECHIP_ERROR_WRONG_RESULT = -11, /* a check has found the result to be wrong */
} gluechip_status_t;

/* A few words for `status`; never NULL. */
const char *gluechip_status_text(gluechip_status_t status);

#endif
