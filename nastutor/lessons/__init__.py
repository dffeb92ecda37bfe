"""What notebooks use beside the science: claims that are checked, sources and pictures that are shown, controls."""
