#include "layer.h"

/* Whether an operand has as many matrices as the output along a dimension, or one for all. */
static bool is_broadcast(int32_t own, int32_t all)
{
    return own == all || own == 1;
}

/* Number of the matrix of `dims` for the output's number (n, h). */
static uint32_t matrix_of(const gluechip_nn_dims_t *dims, int32_t n, int32_t h)
{
    return (uint32_t)(dims->n > 1 ? n : 0) * (uint32_t)dims->h + (uint32_t)(dims->h > 1 ? h : 0);
}

gluechip_status_t gluechip_matmul_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_tensor_quant_params_t *quant_params,
    const gluechip_nn_dims_t *lhs_dims, const int8_t *lhs_data,
    const gluechip_nn_dims_t *rhs_dims, const int8_t *rhs_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (!is_backend(backend) || fc_params == NULL || quant_params == NULL ||
        !are_sizes(lhs_dims) || !are_sizes(rhs_dims) || !are_sizes(output_dims) ||
        !is_broadcast(lhs_dims->n, output_dims->n) || !is_broadcast(lhs_dims->h, output_dims->h) ||
        !is_broadcast(rhs_dims->n, output_dims->n) || !is_broadcast(rhs_dims->h, output_dims->h) ||
        lhs_dims->c != rhs_dims->c || lhs_dims->w != output_dims->w ||
        rhs_dims->w != output_dims->c)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_matmul_job_t job = layer_job(ctx, fc_params->input_offset, fc_params->output_offset,
                                          &fc_params->activation);
    job.a = lhs_data;
    job.b = rhs_data;
    job.c = output_data;
    job.b_zero = narrow(-(int64_t)fc_params->filter_offset);
    job.scale_multiplier = quant_params->multiplier;
    job.scale_shift = quant_params->shift;
    job.m = (uint32_t)lhs_dims->w;
    job.n = (uint32_t)rhs_dims->w;
    job.k = (uint32_t)lhs_dims->c;
    gluechip_status_t status = gluechip_matmul_check(&job);
    for (int32_t n = 0; n < output_dims->n; n++) {
        for (int32_t h = 0; h < output_dims->h && status == GLUECHIP_OK; h++) {
            job.a = lhs_data + matrix_of(lhs_dims, n, h) * job.m * job.k;
            job.b = rhs_data + matrix_of(rhs_dims, n, h) * job.n * job.k;
            job.c = output_data + matrix_of(output_dims, n, h) * job.m * job.n;
            status = gluechip_matmul(backend, &job);
        }
    }
    return status;
}
