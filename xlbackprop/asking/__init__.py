"""What `build` was asked for besides a template: a PyTorch module, weights, samples."""
