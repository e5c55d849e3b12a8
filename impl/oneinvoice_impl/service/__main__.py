"""`python -m oneinvoice_impl.service` is `oneinvoice-service`, which begins here too."""

from oneinvoice_openapi.starting import interrupted_cleanly


def main() -> None:
    """Import the command line, which takes a while, and run it."""
    with interrupted_cleanly():
        from oneinvoice_impl.service.cli.main import main as run
    run()


if __name__ == "__main__":
    main()
