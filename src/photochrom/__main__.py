"""Let `python -m photochrom` do what `photochrom` does."""

from photochrom.cli.main import main

if __name__ == "__main__":
    main()
