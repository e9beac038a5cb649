"""What `numpy-lora check` stands on: rows and how they are shown, and the user's file in a process of its own."""
