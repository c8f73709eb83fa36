"""Verbs: each owns its transaction and takes the ``actor`` first.

Five tiers; each imports only lower ones:

    audit changes counters jobs notices settings throttles
    indexing taxonomy words accounts rendering signposts choices attaching uploads
    entries doors searches autosaves
    posts lessons comments reading reports searching bin limiting reviews
    revisions blacking_out
    renaming converting proposals
    moderation importing demo | setup worker
"""
