"""Networks that measure: never trained here, converted from published weights."""
