"""`python -m xlbackprop` is the command `xlbackprop`."""

from xlbackprop.cli import main

if __name__ == "__main__":
    main()
