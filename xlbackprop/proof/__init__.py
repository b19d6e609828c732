"""Whether a workbook of ours is right: recalculated, compared cell by cell, its gradients witnessed."""
