"""Color: sRGB and CIELAB, the ab grid of classification colorizers, fitting into sRGB."""
