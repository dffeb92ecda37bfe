"""What notebooks use beside the science: claims that are checked, sources that are shown, pictures with controls."""
