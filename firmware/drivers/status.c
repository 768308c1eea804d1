#include <stddef.h>

#include <gluechip/status.h>

const char *gluechip_status_text(gluechip_status_t status)
{
    static const char *const texts[] = {
        "ok",
        "an argument is outside its legal range",
        "an operand does not lie in RAM",
        "the job queue is full",
        "the coprocessor rejected the descriptor",
        "the guard forbade an access",
        "the awaited job failed or is unknown",
        "the job was aborted",
        "the wait took too long",
        "the block has another ID or version",
        "the record of the job has been reused",
        "the result is wrong",
    };
    const unsigned index = (unsigned)-(int)status;
    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown status";
}
