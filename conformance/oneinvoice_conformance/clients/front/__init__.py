"""Front: the server that a client speaks to, which passes requests on to a sandbox and answers as a script says."""
