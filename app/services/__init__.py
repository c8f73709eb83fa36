"""Verbs: each owns its transaction and takes the ``actor`` first.

Tiers; each imports only lower ones:

    audit changes counters jobs notices settings throttles
    coauthoring indexing taxonomy words accounts rendering signposts choices attaching uploads
    books drafts linking | history covering doors searches autosaves beginning
    entries
    lifecycle rules steps growing comments reading reports searching bin limiting reviews
    posts lessons forums merging stored_words
    rule_books | blacking_out
    writing
    revisions submissions
    journal coauthors series renaming converting proposals voice
    moderation importing demo | setup worker
"""
