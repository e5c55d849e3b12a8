"""Driver of the client that openapi-python-client makes of the contract, with a receiver: CLIENT_MADE is its folder.

What is made reads each answer into models before anybody looks at its status: an error whose body is HTML, a status
that HTTP doesn't name, a closed enumeration that grew or a field that is null raise whatever they raise. So the driver
takes the requests that were made (`_get_kwargs`, and the client with its key), and reads the answers itself.
"""
