"""A network as maths: a tape of expressions, its gradients, and every way to write or reckon one."""
