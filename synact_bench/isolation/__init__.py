"""Isolation: plugins in processes of their own, so that each can harm its own row alone.

Nothing that a plugin made is unpickled here: what comes back is JSON and the bytes of arrays.
"""
