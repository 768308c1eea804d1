#include <gluechip/untrusted.h>

#include "matmul_confined.h"
#include "matmul_plain.h"

gluechip_status_t gluechip_matmul_checked(gluechip_backend_t backend,
                                          const gluechip_matmul_job_t *job,
                                          const gluechip_random_t *random, void *workspace)
{
    if (!is_plain(job) || job->k > GLUECHIP_MATMUL_CHECKED_MAXIMUM_K ||
        !is_workspace(workspace) || random == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    if (backend == GLUECHIP_BACKEND_CPU)
        return gluechip_matmul_cpu(job);
    gluechip_status_t status = check_confined(job);
    if (status != GLUECHIP_OK)
        return status;
    status = run_confined(job);
    if (status == GLUECHIP_OK)
        status = gluechip_matmul_verify(job, random, workspace);
    if (status != GLUECHIP_OK)
        forget_result(job);
    return status;
}
