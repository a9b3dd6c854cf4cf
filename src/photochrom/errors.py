"""Every error photochrom raises on purpose.

PhotochromError
├── InputError        a picture, folder, option or file given by the user cannot be used
├── ModelError        a model file is missing, damaged, or of another contract
│   └── ChecksumError its bytes are not the published ones
├── InferenceError    the network could not be run
└── RunError          a training or evaluation run cannot start or go on
"""


class PhotochromError(Exception):
    """Base of all errors that photochrom raises on purpose; its text is one line for a person."""


class InputError(PhotochromError):
    """A picture, folder, option or file given by the user cannot be used."""


class ModelError(PhotochromError):
    """A model file is missing, damaged, or made for another contract."""


class ChecksumError(ModelError):
    """The bytes of a model file are not the published ones."""


class InferenceError(PhotochromError):
    """The network could not be run on this picture."""


class RunError(PhotochromError):
    """A training or evaluation run cannot start or go on."""
