"""Single faults on top of the correct deployment, in a folder for each area: one of INV-3 goes into `inv/`."""
