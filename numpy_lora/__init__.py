"""LoRA by hand in NumPy: the code that runs is the code that is proved.

Import the rooms you need: `numpy_lora.ops`, `numpy_lora.init`, `numpy_lora.tree`, `numpy_lora.check`, `numpy_lora.exact`.
"""

__version__ = "0.1.0"
