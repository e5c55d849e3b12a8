"""Documents and other YAML files read whole, with the line of each place, or refused in a sentence that names it."""
