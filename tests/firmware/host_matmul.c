/* On a machine without the chip the coprocessor is the core's twin. */
#include <gluechip/matmul.h>

gluechip_status_t gluechip_matmul(gluechip_backend_t backend, const gluechip_matmul_job_t *job)
{
    (void)backend;
    return gluechip_matmul_cpu(job);
}
