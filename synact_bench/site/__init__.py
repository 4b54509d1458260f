"""The site: boards as pages to look at, out of stored cells and without a server."""
