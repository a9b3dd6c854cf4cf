"""Published weights as files of this house: strictly, and proved."""
