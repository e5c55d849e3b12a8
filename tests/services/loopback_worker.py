"""`oneinvoice-service` as it is, but for webhooks that may go to this machine, where the receivers of tests are."""

from dataclasses import replace

from oneinvoice_impl.service.__main__ import main
from oneinvoice_impl.settings import Settings

from_environment = Settings.from_environment

if __name__ == "__main__":
    Settings.from_environment = lambda environment: replace(  # type: ignore[method-assign]
        from_environment(environment), webhooks_to_loopback=True
    )
    main()
