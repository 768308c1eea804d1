"""Trains the convolutional network of ``digits_cnn.tflite``, in numpy, and writes it.

The data are the handwritten digits that scikit-learn brings along (1797 images of 8x8 pixels of 0
to 16, from the UCI repository). A fixed permutation chooses the images that are held out: neither
training nor calibration sees them. 64 of those go into ``digits_cnn.npz``, as the network takes
them, with their labels.

Run ``python -m firmware.networks.models.train`` (needs ``pip install -e .[networks,train]``; some
seconds). Activations and weights are multiples of powers of two, so that every sum is exact and the
result does not depend on the order in which a machine's libraries sum up.
"""

import argparse
import io
from pathlib import Path

import numpy as np

from firmware.networks.models.quantize import INPUT_ZERO_POINT, quantize
from firmware.networks.reader import parse
from firmware.networks.reference import run

__all__ = ["IMAGES", "MODEL", "SHOWN", "accuracy", "main", "trained"]


MODEL = Path(__file__).with_name("digits_cnn.tflite")
IMAGES = Path(__file__).with_name("digits_cnn.npz")

HELD_OUT = 360
SHOWN = 64
"""Images of those held out that are in `IMAGES`, the first ones."""

_MAX_PIXEL = 16
_CHANNELS, _FEATURES, _CLASSES = 16, 32, 10
_EPOCHS = 160
_BATCH = 32
_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 1e-4
_WEIGHT_GRID = 2.0**-24
_ACTIVATION_GRID = 2.0**-16  # products have 40 fractional bits: sums below 2**13 are exact


def _data():
    """(train images, train labels, held-out images, held-out labels), pixels from 0 to 1."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images = digits.images[order][..., None] / _MAX_PIXEL
    labels = digits.target[order]
    return images[HELD_OUT:], labels[HELD_OUT:], images[:HELD_OUT], labels[:HELD_OUT]


def _on_grid(values, grid=_WEIGHT_GRID):
    return np.round(values / grid) * grid


def _shifted(images, random):
    """Half of the images moved by up to one pixel, so that position matters less."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows, columns = random.randint(0, 3, (2, len(images)))
    moved = np.array([p[y:y + 8, x:x + 8] for p, y, x in zip(padded, rows, columns)])
    return np.where(random.random_sample(len(images))[:, None, None, None] < 0.5, images, moved)


def _windows(images, stride, padding):
    """What each of the 3x3 taps of a window sees: (N, rows, columns, 9, channels)."""
    padded = np.pad(images, ((0, 0), padding, padding, (0, 0)))
    last = images.shape[1] - stride + 1
    return np.stack([padded[:, y:y + last:stride, x:x + last:stride]
                     for y in range(3) for x in range(3)], axis=3)


_SAME = ((1, (1, 1)), (2, (0, 1)))  # (stride, padding) of the two convolutions, SAME in TensorFlow


def _relu(sums):
    return _on_grid(np.maximum(sums, 0), _ACTIVATION_GRID)


def forward(images, parameters):
    """All activations, from the images to the logits: (conv, depthwise, pointwise, pooled, logits).

    Parameters: images : (N, 8, 8, 1); parameters : list of arrays, weights and bias in turn, as
        TensorFlow Lite has them but for the windows, which are (9, channels).
    """
    conv, conv_bias, depthwise, depthwise_bias, pointwise, pointwise_bias, dense, bias = parameters
    first = _relu(_windows(images, *_SAME[0])[..., 0] @ conv.T + conv_bias)
    second = _relu((_windows(first, *_SAME[1]) * depthwise).sum(axis=3) + depthwise_bias)
    third = _relu(second @ pointwise.T + pointwise_bias)
    pooled = _on_grid(third.reshape(-1, 2, 2, 2, 2, _FEATURES).mean(axis=(2, 4)), _ACTIVATION_GRID)
    return first, second, third, pooled, pooled.reshape(len(images), -1) @ dense.T + bias


def _error(logits, labels):
    """Gradient of the cross entropy by the logits."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = _on_grid(odds / odds.sum(axis=1, keepdims=True))
    error[np.arange(len(labels)), labels] -= 1
    return error / len(labels)


def _flat(array):
    return array.reshape(-1, array.shape[-1])


def _gradients(images, labels, parameters):
    """Of the mean cross entropy, by each of the parameters."""
    first, second, third, pooled, logits = forward(images, parameters)
    _, _, depthwise, _, pointwise, _, dense, _ = parameters
    error = _error(logits, labels)
    of_dense = (error.T @ pooled.reshape(len(images), -1), error.sum(axis=0))
    error = _on_grid(error @ dense).reshape(pooled.shape) / 4
    error = error.repeat(2, axis=1).repeat(2, axis=2) * (third > 0)
    of_pointwise = (_flat(error).T @ _flat(second), _flat(error).sum(axis=0))
    error = _on_grid(error @ pointwise) * (second > 0)
    of_depthwise = ((_windows(first, *_SAME[1]) * error[:, :, :, None]).sum(axis=(0, 1, 2)),
                    _flat(error).sum(axis=0))
    padded = np.zeros((len(images), 9, 9, _CHANNELS))
    for tap in range(9):
        y, x = divmod(tap, 3)
        padded[:, y:y + 7:2, x:x + 7:2] += _on_grid(error * depthwise[tap])
    error = padded[:, :8, :8] * (first > 0)
    of_conv = (_flat(error).T @ _flat(_windows(images, *_SAME[0])[..., 0]),
               _flat(error).sum(axis=0))
    return [_on_grid(g) for g in (*of_conv, *of_depthwise, *of_pointwise, *of_dense)]


def _start(random):
    """Parameters to start from: normal, as wide as the number of inputs asks (He)."""
    shapes = (((_CHANNELS, 9), 9), ((9, _CHANNELS), 9), ((_FEATURES, _CHANNELS), _CHANNELS),
              ((_CLASSES, 4 * _FEATURES), 4 * _FEATURES))
    biases = (_CHANNELS, _CHANNELS, _FEATURES, _CLASSES)
    return [array for (shape, inputs), size in zip(shapes, biases) for array in (
        _on_grid(random.standard_normal(shape) * np.sqrt(2 / inputs)), np.zeros(size))]


def _train(images, labels):
    """Parameters as `forward` takes them. Adam."""
    random = np.random.RandomState(1)
    parameters = _start(random)
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    step = 0
    for epoch in range(_EPOCHS):
        rate = _LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / _EPOCHS))
        order = random.permutation(len(labels))
        for start in range(0, len(order), _BATCH):
            batch = order[start:start + _BATCH]
            gradients = _gradients(_shifted(images[batch], random), labels[batch], parameters)
            step += 1
            for i, gradient in enumerate(gradients):
                first[i] = _on_grid(0.9 * first[i] + 0.1 * gradient)
                second[i] = 0.999 * second[i] + 0.001 * gradient**2
                change = (first[i] / (1 - 0.9**step)) / (
                    np.sqrt(second[i] / (1 - 0.999**step)) + 1e-6)
                parameters[i] = _on_grid(
                    parameters[i] - rate * (change + _WEIGHT_DECAY * parameters[i]))
    return parameters


def _as_input(images):
    """int8, scale 1/255."""
    return (np.round(images * 255) + INPUT_ZERO_POINT).astype(np.int8)


def accuracy(model, images, labels):
    """Share of images that a Network puts into the right class, with `run`.

    Parameters: images : int8 (N, 8, 8, 1); labels : N digits.
    """
    output, = model.outputs
    guesses = [run(model, [image[None]])[output].argmax() for image in images]
    return float((np.array(guesses) == labels).mean())


def trained():
    """(bytes of `MODEL`, bytes of `IMAGES`, accuracy on the held-out images), made anew."""
    images, labels, held_out, held_out_labels = _data()
    parameters = _train(images, labels)
    model = quantize(parameters, forward(images, parameters))
    held_out = _as_input(held_out)
    packed = io.BytesIO()
    np.savez_compressed(packed, images=held_out[:SHOWN],
                        labels=held_out_labels[:SHOWN].astype(np.uint8))
    return model, packed.getvalue(), accuracy(parse(model), held_out, held_out_labels)


def main():
    parser = argparse.ArgumentParser(description="Train the convolutional network on digits.")
    parser.add_argument("--output", type=Path, default=MODEL, help="model to write")
    parser.add_argument("--images", type=Path, default=IMAGES, help="images to write")
    arguments = parser.parse_args()
    model, images, right = trained()
    arguments.output.write_bytes(model)
    arguments.images.write_bytes(images)
    print(f"{arguments.output}: {len(model)} bytes, {right:.1%} of {HELD_OUT} held-out images "
          "right in 8 bits")


if __name__ == "__main__":
    main()
