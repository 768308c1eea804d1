"""Writes a Plan as C: the network as a function, its constants, and a program that runs it."""

from dataclasses import fields

from firmware.networks.compiler.plan import Call, Job, Place

__all__ = ["constants_source", "inputs_source", "network_header", "network_source"]


_HEADER = """\
{notice}
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#include <gluechip/status.h>

#define NETWORK_LAYERS {layers}
#define NETWORK_INPUT_BYTES {input_bytes}
#define NETWORK_OUTPUT_BYTES {output_bytes}
#define NETWORK_ARENA_BYTES {arena_bytes}

/* All activations. */
extern int8_t network_arena[NETWORK_ARENA_BYTES];

/* Cycles of each layer since the start: those in which the coprocessor was busy with its jobs, or
 * those of the core. */
extern uint32_t network_cycles[NETWORK_LAYERS];

/* Copies the inputs, which lie close together in their order, into the arena. */
void network_put_inputs(const int8_t *inputs);

/* Checks and prepares all jobs: to be called once, first. Returns GLUECHIP_OK, or what
 * gluechip_matmul_prepare() has returned. */
gluechip_status_t network_prepare(void);

/* Runs all layers. Returns GLUECHIP_OK or what a job or a call has returned. */
gluechip_status_t network_run(gluechip_backend_t backend);

/* Copies the outputs from the arena, close together in their order. */
void network_get_outputs(int8_t *outputs);

#endif
"""

_SOURCE = """\
{notice}
#include "network.h"

#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/matmul.h>
{includes}#include <gluechip/pipeline.h>

#include "constants.h"

int8_t network_arena[NETWORK_ARENA_BYTES] __attribute__((aligned(8)));
uint32_t network_cycles[NETWORK_LAYERS];

#define ARENA(offset) (network_arena + (offset))
#define JOBS {number_of_jobs}

{jobs}
gluechip_status_t network_prepare(void)
{{
    gluechip_status_t status = GLUECHIP_OK;
    for (unsigned i = 0; i < JOBS && status == GLUECHIP_OK; i++)
        status = gluechip_matmul_prepare(&jobs[i], &prepared[i]);
    return status;
}}

{helpers}void network_put_inputs(const int8_t *inputs)
{{
{put}
}}

void network_get_outputs(int8_t *outputs)
{{
{get}
}}

/* A job of a layer, for the coprocessor. */
#define ARRAY(layer, job)                                                                      \\
    do {{                                                                                       \\
        const gluechip_status_t status =                                                       \\
            gluechip_pipeline_submit(&pipeline, &prepared[job], &network_cycles[layer]);       \\
        if (status != GLUECHIP_OK)                                                             \\
            return status;                                                                     \\
    }} while (0)

/* A call of a layer, on the core, once the first `jobs` jobs have ended. */
#define CORE(layer, jobs, call)                                                                \\
    do {{                                                                                       \\
        gluechip_status_t status = gluechip_pipeline_wait(&pipeline, jobs);                    \\
        if (status != GLUECHIP_OK)                                                             \\
            return status;                                                                     \\
        const uint32_t start = gluechip_cycles();                                              \\
        status = call;                                                                         \\
        network_cycles[layer] += gluechip_cycles() - start;                                    \\
        if (status != GLUECHIP_OK)                                                             \\
            return status;                                                                     \\
    }} while (0)

gluechip_status_t network_run(gluechip_backend_t backend)
{{
    gluechip_pipeline_t pipeline = {{.backend = backend}};
{steps}
    return gluechip_pipeline_wait(&pipeline, JOBS);
}}
"""

_JOBS = """\
{patches}
static const gluechip_matmul_job_t jobs[] = {{
{jobs}}};

static gluechip_matmul_prepared_t prepared[JOBS];
"""

_COPY_ROWS = """\
/* Rows of one array between those of another. */
static gluechip_status_t copy_rows(int8_t *to, uint32_t to_stride, const int8_t *from,
                                   uint32_t row_bytes, uint32_t rows)
{
    for (uint32_t row = 0; row < rows; row++)
        memcpy(to + row * to_stride, from + row * row_bytes, row_bytes);
    return GLUECHIP_OK;
}

"""

_POINTERS = ("a", "b", "c", "bias", "multiplier", "shift")
_TYPES = {"|i1": "int8_t", "<i4": "int32_t", "|u1": "uint8_t", "<u4": "uint32_t"}
_NUMBERS_PER_LINE = 20


def _pointer(plan, place):
    """C of a Place."""
    if isinstance(place.owner, int):
        return f"ARENA({plan.offset(place)})"
    return place.owner if place.offset == 0 else f"{place.owner} + {place.offset}"


def _members(plan, what):
    """(name, C) of each member of a Job or a Patch that is not zero."""
    for member in fields(what):
        value = getattr(what, member.name)
        if member.name in ("a_bytes", "c_bytes", "patch") or value in (None, 0):
            continue
        if member.name in _POINTERS:
            value = _pointer(plan, value)
        elif member.name == "rounding":
            value = f"GLUECHIP_ROUNDING_{value.upper()}"
        yield member.name, str(value)


def _wrapped(words, indent, width=96):
    """``words`` with commas between them, on lines of at most ``width``."""
    lines, line = [], ""
    for word in words:
        if line and len(indent) + len(line) + len(word) + 2 > width:
            lines.append(indent + line)
            line = ""
        line += f"{' ' if line else ''}{word},"
    return "\n".join([*lines, indent + line])


def _layer_text(plan, index):
    layer = next(layer for layer in plan.network.layers if layer.index == index)
    shapes = [list(plan.network.tensors[i].shape) for i in (layer.input, layer.output)]
    return f"/* Layer {index}, {layer.operator}: {shapes[0]} to {shapes[1]}. */"


def _job(plan, number, job):
    """(definition of its patch or "", the job as an element of an array)"""
    members = [f".{key} = {value}" for key, value in _members(plan, job)]
    members.append(".output = GLUECHIP_OUTPUT_INT8")
    text = ""
    if job.patch:
        patch = _wrapped([f".{key} = {value}" for key, value in _members(plan, job.patch)], "    ")
        text = f"static const gluechip_patch_t patch_{number} = {{\n{patch}\n}};\n"
        members.append(f".patch = &patch_{number}")
    return text, f"    [{number}] = {{\n{_wrapped(members, '        ')}\n    }},\n"


def _job_numbers(plan):
    """{number of a step: number of its job}"""
    jobs = [number for number, step in enumerate(plan.steps) if isinstance(step.work, Job)]
    return {number: job for job, number in enumerate(jobs)}


def _jobs(plan):
    """Definitions of all jobs, and of what is made of them."""
    patches, jobs, layer = "", "", None
    for number, job in _job_numbers(plan).items():
        step = plan.steps[number]
        patch, text = _job(plan, job, step.work)
        if step.layer != layer:
            jobs += f"    {_layer_text(plan, step.layer)}\n"
            layer = step.layer
        patches, jobs = patches + patch, jobs + text
    return _JOBS.format(patches=patches, jobs=jobs)


def _touch(plan, first, second):
    """A range of the one list of (Place, bytes) meets one of the other."""
    spans = [[(plan.offset(place), plan.offset(place) + size) for place, size in ranges]
             for ranges in (first, second)]
    return any(a[0] < b[1] and b[0] < a[1] for a in spans[0] for b in spans[1])


def _jobs_to_wait_for(plan, number):
    """How many jobs must have ended before the call of step ``number``."""
    call, jobs, needed = plan.steps[number].work, 0, 0
    for step in plan.steps[:number]:
        if isinstance(step.work, Job):
            jobs += 1
            job = step.work
            if (_touch(plan, call.reads, job.writes)
                    or _touch(plan, call.writes, (*job.reads, *job.writes))):
                needed = jobs
    return needed


def _argument(plan, argument):
    return _pointer(plan, argument) if isinstance(argument, Place) else str(argument)


def _steps(plan):
    jobs, lines, layer = _job_numbers(plan), [], None
    for number, step in enumerate(plan.steps):
        if step.layer != layer:
            lines.append(f"\n    {_layer_text(plan, step.layer)}")
            layer = step.layer
        if number in jobs:
            lines.append(f"    ARRAY({layer}, {jobs[number]});")
        else:
            arguments = ", ".join(_argument(plan, a) for a in step.work.arguments)
            lines.append(f"    CORE({layer}, {_jobs_to_wait_for(plan, number)},\n"
                         f"         {step.work.function}({arguments}));")
    return "\n".join(lines)


def _copies(plan, tensors, pattern):
    lines, offset = [], 0
    for index in tensors:
        size = plan.network.tensors[index].elements
        lines.append("    " + pattern.format(place=f"ARENA({plan.offset_of(index)})",
                                             offset=offset, size=size))
        offset += size
    return "\n".join(lines), offset


def _notice(name):
    return f"/* Generated by `gluechip infer` from {name}: do not edit. */"


def network_header(plan, name):
    """``network.h`` of a model that is called ``name``."""
    return _HEADER.format(
        notice=_notice(name), layers=max(layer.index for layer in plan.network.layers) + 1,
        input_bytes=sum(plan.network.tensors[i].elements for i in plan.inputs),
        output_bytes=sum(plan.network.tensors[i].elements for i in plan.outputs),
        arena_bytes=plan.arena_bytes)


def network_source(plan, name):
    """``network.c``."""
    put, _ = _copies(plan, plan.inputs, "memcpy({place}, inputs + {offset}, {size});")
    get, _ = _copies(plan, plan.outputs, "memcpy(outputs + {offset}, {place}, {size});")
    jobs = _job_numbers(plan)
    return _SOURCE.format(
        notice=_notice(name), jobs=_jobs(plan), put=put, get=get, steps=_steps(plan),
        helpers=_COPY_ROWS if any(isinstance(step.work, Call) and step.work.function == "copy_rows"
                                  for step in plan.steps) else "",
        includes="" if len(jobs) == len(plan.steps) else "#include <gluechip/nn.h>\n",
        number_of_jobs=len(jobs))


def _number(value):
    """A constant in C; the smallest int32 has none of its own."""
    return str(value) if value != -2**31 else f"({value + 1} - 1)"


def _array(name, array, section):
    """Definition of a constant array in C."""
    words = list(map(_number, array.ravel().tolist()))
    lines = [", ".join(words[i:i + _NUMBERS_PER_LINE])
             for i in range(0, len(words), _NUMBERS_PER_LINE)]
    return (f"{_declaration(name, array)} __attribute__((section(\"{section}\"), "
            "aligned(8))) = {\n    " + ",\n    ".join(lines) + ",\n};")


def _declaration(name, array):
    return f"const {_TYPES[array.dtype.str]} {name}[{array.size}]"


def constants_source(plan, name):
    """(``constants.h``, ``constants.c``): weights and what else does not change."""
    declarations = "\n".join(f"extern {_declaration(key, array)};"
                             for key, array in plan.constants.items())
    header = (f"{_notice(name)}\n#ifndef CONSTANTS_H\n#define CONSTANTS_H\n\n#include <stdint.h>\n"
              f"\n{declarations}\n\n#endif\n")
    arrays = "\n\n".join(
        _array(key, array, f".{'external' if key in plan.external else 'preloaded'}.constants")
        for key, array in plan.constants.items())
    return header, f"{_notice(name)}\n#include \"constants.h\"\n\n{arrays}\n"


def inputs_source(inputs):
    """``inputs.c``: what the program runs the network on, an int8 array (runs, bytes)."""
    return f"#include <stdint.h>\n\n{_array('network_inputs', inputs, '.preloaded.inputs')}\n"
