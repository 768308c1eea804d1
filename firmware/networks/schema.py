"""The operators of TensorFlow Lite that are read, and the fields of the schema that they need."""

__all__ = ["OPTIONS", "VERSIONS", "load_schema"]


OPTIONS = {
    "ADD": ("AddOptions", ("FusedActivationFunction",)),
    "AVERAGE_POOL_2D": ("Pool2DOptions", ("Padding", "StrideW", "StrideH", "FilterWidth",
                                          "FilterHeight", "FusedActivationFunction")),
    "BATCH_MATMUL": ("BatchMatMulOptions", ("AdjX", "AdjY")),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", "FusedActivationFunction")),
    "CONV_2D": ("Conv2DOptions", ("Padding", "StrideW", "StrideH", "FusedActivationFunction",
                                  "DilationWFactor", "DilationHFactor")),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", (
        "Padding", "StrideW", "StrideH", "DepthMultiplier", "FusedActivationFunction",
        "DilationWFactor", "DilationHFactor")),
    "DEQUANTIZE": ("DequantizeOptions", ()),
    "EXPAND_DIMS": ("ExpandDimsOptions", ()),
    "FULLY_CONNECTED": ("FullyConnectedOptions", ("FusedActivationFunction", "WeightsFormat")),
    "LOGISTIC": (None, ()),
    "MAX_POOL_2D": ("Pool2DOptions", ("Padding", "StrideW", "StrideH", "FilterWidth",
                                      "FilterHeight", "FusedActivationFunction")),
    "MEAN": ("ReducerOptions", ()),
    "PAD": ("PadOptions", ()),
    "QUANTIZE": ("QuantizeOptions", ()),
    "RELU": (None, ()),
    "RELU6": (None, ()),
    "RELU_N1_TO_1": (None, ()),
    "RESHAPE": ("ReshapeOptions", ()),
    "SOFTMAX": ("SoftmaxOptions", ("Beta",)),
    "SQUEEZE": ("SqueezeOptions", ()),
}
"""{operator: (table of its options, or None, and the fields of it that count)}"""

VERSIONS = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "EXPAND_DIMS": 1, "FULLY_CONNECTED": 4,
            "RELU_N1_TO_1": 1, "RESHAPE": 1, "SQUEEZE": 1}
"""{operator: version of it that first takes int8}; 2 for those not named."""


def load_schema():
    """The module ``tflite``, which has the tables of the schema.

    Raises: RuntimeError that tells the remedy when it is not installed.
    """
    try:
        import tflite
    except ModuleNotFoundError as error:
        raise RuntimeError(f"{error.name} not found: install what reads models with "
                           "`pip install -e .[networks]`") from None
    return tflite
