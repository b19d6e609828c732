"""A convolutional network for MNIST under 20,000 parameters: its tables, its training and its report."""
