"""From torch modules to ONNX files that are proved to compute the same."""
