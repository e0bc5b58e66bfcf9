"""How the model is read, by device: one seam, and what stands behind it."""
