"""What `numpy-lora verify` stands on: where formulas come from, what was found about them, and how that is shown."""
