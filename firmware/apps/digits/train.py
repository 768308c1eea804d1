"""Trains and quantizes the network of the digits demo, and writes ``model.h``.

The data are the handwritten digits that scikit-learn brings along (1797 images of 8x8 pixels of 0
to 16, from the UCI repository). Pixels are limited to 15, so that one fits in 4 bits. A fixed
permutation chooses the images that are held out: training never sees them.

Run ``python -m firmware.apps.digits.train`` (needs scikit-learn: ``pip install -e .[train]``).
The numbers are rounded at each step, so that the result does not depend on the order in which a
machine's libraries sum up.
"""

import argparse
from pathlib import Path

import numpy as np

from coprocessors.matmul.model import matmul, quantize_multiplier

__all__ = ["HEADER", "main", "model_header"]


HEADER = Path(__file__).with_name("model.h")

HELD_OUT = 320
FEW = 64
"""Images that a chip with little memory classifies: the first ones of those held out."""

MAX_PIXEL = 15
_LAYERS = (64, 32, 32, 10)
_EPOCHS = 60
_BATCH = 32
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 1e-4
_GRID = 2.0**-24  # what weights are rounded to after each step


def _data():
    """(train images, train labels, held-out images, held-out labels), pixels as integers."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images = np.minimum(digits.data, MAX_PIXEL).astype(np.int64)[order]
    labels = digits.target[order]
    return (images[HELD_OUT:], labels[HELD_OUT:], images[:HELD_OUT], labels[:HELD_OUT])


def _round(values):
    return np.round(values / _GRID) * _GRID


def _shifted(images, random):
    """Half of the images moved by up to one pixel, so that position matters less."""
    squares = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    rows, columns = random.randint(0, 3, (2, len(images)))
    moved = [square[y:y + 8, x:x + 8] for square, y, x in zip(squares, rows, columns)]
    chosen = random.random_sample(len(images)) < 0.5
    return np.where(chosen[:, None], images, np.array(moved).reshape(-1, 64))


def _forward(x, layers):
    """Activations of each layer, the input first; all but the last through ReLU."""
    activations = [x]
    for number, (weights, bias) in enumerate(layers):
        x = _round(x @ weights.T + bias)
        if number < len(layers) - 1:
            x = np.maximum(x, 0)
        activations.append(x)
    return activations


def _gradients(activations, labels, layers):
    logits = activations[-1]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = _round(odds / odds.sum(axis=1, keepdims=True))
    error[np.arange(len(labels)), labels] -= 1
    error /= len(labels)
    gradients = []
    for number in reversed(range(len(layers))):
        x = activations[number]
        gradients.append((_round(error.T @ x), _round(error.sum(axis=0))))
        if number:
            error = _round(error @ layers[number][0]) * (x > 0)
    return gradients[::-1]


def _train(images, labels):
    """Layers of real numbers: list of [weights (outputs, inputs), bias]. Adam."""
    random = np.random.RandomState(1)
    layers = [[_round(random.standard_normal((o, i)) * np.sqrt(2 / i)), np.zeros(o)]
              for i, o in zip(_LAYERS, _LAYERS[1:])]
    first = [[np.zeros_like(p) for p in layer] for layer in layers]
    second = [[np.zeros_like(p) for p in layer] for layer in layers]
    step = 0
    for epoch in range(_EPOCHS):
        rate = _LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / _EPOCHS))
        order = random.permutation(len(labels))
        for start in range(0, len(order), _BATCH):
            batch = order[start:start + _BATCH]
            x = _shifted(images[batch], random) / MAX_PIXEL
            gradients = _gradients(_forward(x, layers), labels[batch], layers)
            step += 1
            for layer, gradient, m1, m2 in zip(layers, gradients, first, second):
                for p in range(2):
                    m1[p] = _round(0.9 * m1[p] + 0.1 * gradient[p])
                    m2[p] = 0.999 * m2[p] + 0.001 * gradient[p] ** 2
                    change = (m1[p] / (1 - 0.9**step)) / (np.sqrt(m2[p] / (1 - 0.999**step)) + 1e-6)
                    layer[p] = _round(layer[p] - rate * (change + _WEIGHT_DECAY * layer[p]))
    return layers


def _range(values):
    """(scale, zero point) of int8 that covers ``values`` and 0."""
    low, high = min(values.min(), 0), max(values.max(), 0)
    scale = _round((high - low) / 255)
    return scale, int(np.clip(np.round(-128 - low / scale), -128, 127))


def _quantize(layers, images):
    """Layers as the coprocessor takes them: list of dict. Weights per output channel, symmetric."""
    activations = _forward(images / MAX_PIXEL, layers)
    scale, zero = 1 / MAX_PIXEL, 0
    quantized = []
    for number, (weights, bias) in enumerate(layers):
        weight_scales = np.abs(weights).max(axis=1) / 127
        next_scale, next_zero = _range(activations[number + 1])
        scales = [quantize_multiplier(s) for s in scale * weight_scales / next_scale]
        quantized.append({
            "weights": np.round(weights / weight_scales[:, None]).astype(np.int8),
            "bias": np.round(bias / (scale * weight_scales)).astype(np.int32),
            "multipliers": np.array([m for m, _ in scales], dtype=np.int32),
            "shifts": np.array([s for _, s in scales], dtype=np.int32),
            "input_zero": zero, "output_zero": next_zero})
        scale, zero = next_scale, next_zero
    return quantized


def _logits(quantized, images):
    x = images.astype(np.int8)
    for layer in quantized:
        x = matmul(x, layer["weights"], a_zero=layer["input_zero"], bias=layer["bias"],
                   multiplier=layer["multipliers"], shift=layer["shifts"],
                   c_zero=layer["output_zero"])
    return x


_PROLOGUE = """\
/* The network and the held-out images of the digits demo. Generated by train.py: do not edit.
 * IMAGES, the number of images wanted, must be HELD_OUT or FEW. */
#include <stdint.h>
"""


def _defines(values):
    return "".join(f"#define {name} {value}\n" for name, value in values.items())


def _array(kind, name, values, dimensions, per_line):
    numbers = [str(v) for v in np.asarray(values).ravel()]
    lines = [", ".join(numbers[i:i + per_line]) for i in range(0, len(numbers), per_line)]
    return f"static const {kind} {name}{dimensions} = {{\n" + _lines(lines) + "};\n"


def _lines(lines):
    return "".join(f"    {line},\n" for line in lines)


def _write(quantized, images, labels):
    """The text of the header."""
    parts = [_PROLOGUE, _defines({
        "HELD_OUT": len(images), "FEW": FEW, "PIXELS": _LAYERS[0], "CLASSES": _LAYERS[-1],
        "LAYERS": len(quantized)})]
    for number, layer in enumerate(quantized, 1):
        outputs, inputs = layer["weights"].shape
        parts += [_defines({f"INPUTS_{number}": inputs, f"OUTPUTS_{number}": outputs,
                            f"INPUT_ZERO_{number}": layer["input_zero"],
                            f"OUTPUT_ZERO_{number}": layer["output_zero"]}),
                  _array("int8_t", f"weights_{number}", layer["weights"],
                         f"[OUTPUTS_{number} * INPUTS_{number}]", 16),
                  *(_array("int32_t", f"{name}_{number}", layer[name], f"[OUTPUTS_{number}]", 8)
                    for name in ("bias", "multipliers", "shifts"))]
    packed = [", ".join(f"0x{byte:02x}" for byte in row)
              for row in images[:, 0::2] | images[:, 1::2] << 4]
    parts += ["/* 4 bits a pixel, the left one in the low half; an image a line. */",
              "static const uint8_t packed_images[IMAGES * PIXELS / 2] = {",
              _lines(packed[:FEW]) + f"#if IMAGES > {FEW}",
              _lines(packed[FEW:]) + "#endif\n};\n",
              _array("uint8_t", "labels", labels, "[HELD_OUT]", 32)]
    return "\n".join(parts)


def model_header():
    """(text of ``model.h``, accuracy on the held-out images), trained anew."""
    images, labels, held_out, held_out_labels = _data()
    quantized = _quantize(_train(images, labels), images)
    accuracy = (_logits(quantized, held_out).argmax(axis=1) == held_out_labels).mean()
    return _write(quantized, held_out, held_out_labels), accuracy


def main():
    parser = argparse.ArgumentParser(description="Train the network of the digits demo.")
    parser.add_argument("--output", type=Path, default=HEADER, help="header to write")
    arguments = parser.parse_args()
    text, accuracy = model_header()
    arguments.output.write_text(text)
    print(f"{arguments.output}: {accuracy:.1%} of {HELD_OUT} held-out images right")


if __name__ == "__main__":
    main()
