"""`python -m ciam` is the command line."""

from ciam.cli import main

if __name__ == "__main__":
    main()
