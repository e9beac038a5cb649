"""The mathematics: each operation returns its value and a `backward` that pulls a cotangent back.

NumPy alone; it knows nothing of exact numbers, of checks or of models.
"""

from numpy_lora.ops.arguments import ShapeError
from numpy_lora.ops.attention import attention
from numpy_lora.ops.attention_blocked import attention_blocked
from numpy_lora.ops.linear import linear
from numpy_lora.ops.lora import lora_linear
from numpy_lora.ops.lora_bordered import lora_bordered
from numpy_lora.ops.softmax import softmax

__all__ = ["ShapeError", "attention", "attention_blocked", "linear", "lora_bordered", "lora_linear", "softmax"]
