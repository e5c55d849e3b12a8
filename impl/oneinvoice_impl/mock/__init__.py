"""The mock server: the reference implementation with data, controls, an inbox, a mailbox and defects."""
