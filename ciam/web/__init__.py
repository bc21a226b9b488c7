"""HTTP in, HTTP out: read a request, call one service, render the answer."""
