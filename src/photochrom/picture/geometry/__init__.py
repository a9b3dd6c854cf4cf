"""Where pixels lie and how densely: turns, resolution, and the places that metadata names."""
